/* Signs rows: of the hashes of their runs of five words the least in each of 64 bins. */

#include "bytes.h"

#define MIX 0xFF51AFD7ED558CCDULL

#define ROUND 0x9E3779B97F4A7C15ULL

enum { RUN = 5, BINS = 64, HALVES = BINS / 2, SKETCH = 3, PLACES_EACH = 21 };

static const uint32_t EMPTY = 0xFFFFFFFF;

static inline void note(uint32_t *kept, uint64_t value) {
    value ^= value >> 32;
    value *= MIX;
    value ^= value >> 29;
    uint32_t *least = kept + (value >> 58);
    uint32_t own = (uint32_t)value, other = *least;
    *least = own < other ? own : other;
}

/* Fills every empty bin with the next filled one, around the end. */
static void densify(uint32_t *kept) {
    uint32_t next = EMPTY;
    for (int round = 0; round < 2; round++) {
        for (int bin = BINS - 1; bin >= 0; bin--) {
            next = kept[bin] == EMPTY ? next : kept[bin];
            kept[bin] = next;
        }
    }
}

/* `firsts` are the words that turns begin with, `rows` the turns that rows begin with, each with
 * one more for the end; `silent` turns are left out; `base` is odd.
 */
void tf_signatures(
    const uint64_t *words, const int64_t *firsts, const int64_t *rows, int64_t count,
    const uint8_t *silent, uint64_t base, uint32_t *signatures
) {
    uint64_t base2 = base * base, base3 = base2 * base, base4 = base3 * base;
    for (int64_t row = 0; row < count; row++) {
        uint32_t *kept = signatures + row * BINS;
        for (int bin = 0; bin < BINS; bin++) {
            kept[bin] = EMPTY;
        }
        for (int64_t turn = rows[row]; turn < rows[row + 1]; turn++) {
            if (silent[turn] || firsts[turn] == firsts[turn + 1]) {
                continue;
            }
            const uint64_t *at = words + firsts[turn], *end = words + firsts[turn + 1];
            if (end - at < RUN) {
                uint64_t value = 0, power = 1;
                for (; at < end; at++, power *= base) {
                    value += *at * power;
                }
                note(kept, value);
                continue;
            }
            for (; end - at >= RUN; at++) {
                note(kept, at[0] + at[1] * base + at[2] * base2 + at[3] * base3 + at[4] * base4);
            }
        }
        densify(kept);
    }
}

/* Takes the last three bits of the first 63 places of every signature. */
void tf_sketches(const uint32_t *signatures, int64_t rows, uint64_t *sketches) {
    for (int64_t row = 0; row < rows; row++, signatures += BINS) {
        for (int word = 0; word < SKETCH; word++) {
            uint64_t bits = 0;
            for (int place = 0; place < PLACES_EACH; place++) {
                bits |= (uint64_t)(signatures[word * PLACES_EACH + place] & 7) << 3 * place;
            }
            *sketches++ = bits;
        }
    }
}

/* Hashes the four places of one band of every signature. */
void tf_band(const uint64_t *signatures, int64_t rows, int64_t band, uint32_t *keys) {
    for (int64_t row = 0; row < rows; row++) {
        const uint64_t *two = signatures + row * HALVES + band * 2;
        uint64_t key = two[0] * ROUND;
        key ^= key >> 32;
        key = (key + two[1]) * ROUND;
        keys[row] = (uint32_t)((key ^ (key >> 29)) >> 32);
    }
}
