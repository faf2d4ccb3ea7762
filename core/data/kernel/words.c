/* Brings turns into the form in which they are compared, and hashes their words and them. */

#include "bytes.h"

#define ODD 0x9E3779B97F4A7C15ULL
#define MIX 0xFF51AFD7ED558CCDULL

enum { SEPARATES = 1, EDGE = 8, LONGEST = 64 };

static inline uint64_t first_bytes(uint64_t eight, int64_t size) {
    uint64_t some = eight & ((1ULL << (8 * size & 63)) - 1);
    return size < 8 ? some : eight;
}

static inline uint64_t further(uint64_t hash, const uint8_t *at, int64_t size) {
    hash *= MIX;
    return (hash ^ (hash >> 32)) + first_bytes(eight_at(at), size);
}

static __attribute__((noinline)) uint64_t long_word_hash(const uint8_t *at, int64_t size) {
    if (size > LONGEST) {
        return hash_of(at, size) * ODD;
    }
    uint64_t hash = eight_at(at);
    for (int64_t done = 8; done < size; done += 8) {
        hash = further(hash, at + done, size - done);
    }
    return hash * ODD;
}

/* Returns the hash of a word; 16 bytes from its begin may be read whatever its size.
 *
 * Most words have at most 16 bytes, and which have more than 8 cannot be foreseen: so both are
 * computed.
 */
static inline uint64_t word_hash(const uint8_t *at, int64_t size) {
    if (size > 16) {
        return long_word_hash(at, size);
    }
    uint64_t hash = first_bytes(eight_at(at), size), more = further(hash, at + 8, size - 8);
    return (size > 8 ? more : hash) * ODD;
}

/* Writes a text with ASCII letters in lower case and one kind of space; returns whether two spaces
 * stand together, or one beside the NUL that ends a turn.
 */
static int lowered(const uint8_t *text, int64_t size, uint8_t *out) {
    uint8_t loose = size > 0 && text[0] <= ' ';
    for (int64_t at = 0; at < size; at++) {
        uint8_t code = text[at];
        uint8_t is_odd = (uint8_t)(code - 0x09) < 5 || (uint8_t)(code - 0x1C) < 4;
        code |= (uint8_t)((uint8_t)(code - 'A') < 26) << 5;
        out[at] = is_odd ? ' ' : code;
    }
    for (int64_t at = 1; at < size; at++) {
        uint8_t left = out[at - 1], right = out[at];
        uint8_t is_left = left == ' ' || left == 0, is_right = right == ' ' || right == 0;
        loose |= is_left & is_right & (uint8_t)((uint8_t)(left | right) != 0);
    }
    return loose;
}

/* Takes out all but the spaces between words; returns the bytes that are left. */
static int64_t tightened(uint8_t *text, int64_t size) {
    int64_t kept = 0;
    uint8_t last = 0;
    for (int64_t at = 0; at < size; at++) {
        uint8_t code = text[at];
        kept -= code == 0 && last == ' '; /* `last` is then the byte before `kept` */
        text[kept] = code;
        int is_needless = code == ' ' && (last == ' ' || last == 0);
        kept += !is_needless;
        last = is_needless ? last : code;
    }
    return kept;
}

/* Writes each turn, which ends with a NUL, with ASCII letters in lower case and single spaces
 * between its words; notes where it ends, how many spaces it has, its hash, and of each word the
 * hash and the byte it begins with.
 *
 * `out` has room for the text and 16 bytes more, `borders` for a number a byte and one
 * more, `hashes` and `began` for half as many and two more, the others for one more than there are
 * turns. Returns the bytes written; `made` takes how many words there are.
 */
int64_t tf_words(
    const uint8_t *text, int64_t size, const uint8_t *classes, uint8_t *out, uint32_t *borders,
    int64_t *ends, int64_t *spaces, uint64_t *turn_hashes, int64_t *firsts, uint64_t *hashes, int64_t *began,
    int64_t *made
) {
    if (lowered(text, size, out)) {
        size = tightened(out, size);
    }
    int64_t count = 0, words = 0, turns = 0, begin = 0, turn = 0, gaps = 0;
#pragma GCC unroll 8
    for (int64_t at = 0; at < size; at++) {
        borders[count] = (uint32_t)at; /* without a question: the next overwrites what is none */
        count += classes[out[at]] & SEPARATES;
    }
    firsts[0] = 0;
    for (int64_t border = 0; border < count; border++) {
        int64_t end = borders[border];
        uint8_t code = out[end];
        hashes[words] = word_hash(out + begin, end - begin);
        began[words] = begin;
        words += end > begin;
        gaps += code == ' ';
        begin = end + 1;
        if (!code) {
            ends[turns] = end;
            spaces[turns] = gaps;
            turn_hashes[turns++] = hash_of(out + turn, end - turn);
            firsts[turns] = words;
            gaps = 0;
            turn = begin;
        }
    }
    made[0] = words;
    return size;
}

/* Returns how many words may begin a phrase, and notes which: the tables say by the top bits of
 * hashes which words do, which stand second, which are all of their phrase, and by its first letter
 * what goes on after a single word.
 */
int64_t tf_likely(
    const uint64_t *hashes, const int64_t *began, int64_t words, const uint8_t *text,
    const uint8_t *first, const uint8_t *then, const uint8_t *alone, const uint8_t *letter,
    int64_t *found
) {
    int64_t count = 0;
    for (int64_t word = 0; word < words; word++) {
        uint64_t top = hashes[word] >> 48;
        if (first[top]) {
            int64_t after = word + 1 < words ? word + 1 : word;
            if (then[hashes[after] >> 48] || letter[text[began[after]]] || alone[top]) {
                found[count++] = word;
            }
        }
    }
    return count;
}
