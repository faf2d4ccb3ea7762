/* Brings turns into the form in which they are compared, and hashes their words and them. */

#include "bytes.h"

#define ODD 0x9E3779B97F4A7C15ULL
#define MIX 0xFF51AFD7ED558CCDULL

enum { SEPARATES = 1, LONGEST = 64, IN_CACHE = 1 << 14 };

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

typedef struct {
    const uint8_t *classes;
    uint8_t *out;
    int64_t bytes;
    uint32_t *borders; /* of some turns, until their words are noted */
    int64_t *ends, *spaces, *firsts, *began;
    uint64_t *turns, *words;
    int64_t turn, last, word;
} Noted;

/* Notes some whole turns. */
static void add_turns(Noted *noted, const uint8_t *text, int64_t size) {
    const uint8_t *classes = noted->classes;
    uint8_t *out = noted->out + noted->bytes;
    uint32_t *borders = noted->borders;
    if (lowered(text, size, out)) {
        size = tightened(out, size);
    }
    int64_t count = 0;
    for (int64_t at = 0; at < size; at++) {
        borders[count] = (uint32_t)at; /* without a question: the next overwrites what is none */
        count += classes[out[at]] & SEPARATES;
    }
    int64_t word = noted->word, begin = 0, turn = 0, gaps = 0;
    for (int64_t border = 0; border < count; border++) {
        int64_t end = borders[border];
        uint8_t code = out[end];
        noted->words[word] = word_hash(out + begin, end - begin);
        noted->began[word] = noted->bytes + begin;
        word += end > begin;
        gaps += code == ' ';
        begin = end + 1;
        if (!code && noted->turn < noted->last) {
            noted->ends[noted->turn] = noted->bytes + end;
            noted->spaces[noted->turn] = gaps;
            noted->turns[noted->turn++] = hash_of(out + turn, end - turn);
            noted->firsts[noted->turn] = word;
            gaps = 0;
            turn = begin;
        }
    }
    noted->word = word;
    noted->bytes += size;
}

/* Writes each turn, which ends with a NUL, with ASCII letters in lower case and single spaces
 * between its words; notes where it ends, how many spaces it has, its hash, and of each word the
 * hash and the byte it begins with.
 *
 * `out` has room for the text and 16 bytes more, `borders` for a number a byte and one more,
 * `words` and `began` for half as many and two more, the others for one more than `count`, the
 * number of turns. Returns the bytes written; `made` takes how many words there are.
 */
int64_t tf_words(
    const uint8_t *text, int64_t size, int64_t count, const uint8_t *classes, uint8_t *out,
    uint32_t *borders, int64_t *ends, int64_t *spaces, uint64_t *turns, int64_t *firsts, uint64_t *words,
    int64_t *began, int64_t *made
) {
    Noted noted = {classes, out, 0, borders, ends, spaces, firsts, began, turns, words, 0, count, 0};
    firsts[0] = 0;
    for (int64_t begin = 0, end = 0; begin < size; begin = end) {
        while (end < size && end - begin < IN_CACHE) {
            const uint8_t *last = memchr(text + end, 0, (size_t)(size - end));
            end = last ? last - text + 1 : size;
        }
        add_turns(&noted, text + begin, end - begin);
    }
    made[0] = noted.word;
    return noted.bytes;
}

/* Notes of every word of a text its hash, the sum of its bytes times rising powers of `base`, and
 * the byte it begins with; `spoken` says what each byte counts, 0 where it only separates. Returns
 * how many words there are.
 */
int64_t tf_spoken(
    const uint8_t *text, int64_t size, const uint8_t *spoken, uint64_t base, uint64_t *words,
    int64_t *began
) {
    int64_t count = 0;
    for (int64_t at = 0; at < size; at++) {
        if (!spoken[text[at]]) {
            continue;
        }
        began[count] = at;
        uint64_t hash = 0, power = base;
        for (uint8_t code; at < size && (code = spoken[text[at]]); at++, power *= base) {
            hash += code * power;
        }
        words[count++] = hash;
    }
    return count;
}
