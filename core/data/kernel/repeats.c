/* Finds keys that stand in a column twice, and reads rows that lie far apart in a file. */

#define _POSIX_C_SOURCE 200809L

#include <unistd.h>

#include "bytes.h"

static inline int tested_and_set(uint64_t *bits, uint64_t slot) {
    uint64_t bit = 1ULL << (slot & 63), *word = bits + (slot >> 6);
    int was = (*word & bit) != 0;
    *word |= bit;
    return was;
}

/* Notes the places of all keys that stand there twice, and of a few others: of those whose first
 * bits another key has too. `bits` says how many of 32; `seen` and `again` have a bit for each value
 * of them, all 0. Returns how many places are noted.
 */
int64_t tf_repeated(
    const uint32_t *keys, int64_t count, int64_t bits, uint64_t *seen, uint64_t *again, int64_t *places
) {
    int64_t found = 0;
    for (int64_t place = 0; place < count; place++) {
        uint64_t slot = keys[place] >> (32 - bits);
        if (tested_and_set(seen, slot)) {
            tested_and_set(again, slot);
        }
    }
    for (int64_t place = 0; place < count; place++) {
        uint64_t slot = keys[place] >> (32 - bits);
        places[found] = place; /* without a question: the next overwrites what is none */
        found += again[slot >> 6] >> (slot & 63) & 1;
    }
    return found;
}

/* Reads rows of `size` bytes of a file; returns how many were read before one could not be. */
int64_t tf_read_rows(
    int64_t file, int64_t size, const int64_t *places, int64_t count, uint8_t *rows
) {
    for (int64_t row = 0; row < count; row++) {
        if (row && places[row] == places[row - 1]) {
            memcpy(rows + row * size, rows + (row - 1) * size, (size_t)size);
            continue;
        }
        if (pread((int)file, rows + row * size, (size_t)size, places[row] * size) != size) {
            return row;
        }
    }
    return count;
}
