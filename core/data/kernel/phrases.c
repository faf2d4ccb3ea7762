/* Finds phrases by the hashes of their words, and rare pairs of letters. */

#include "bytes.h"

enum { MOST_WORDS = 3, MOST_THEN = 16, AT_ONCE = 64 };

typedef struct {
    const uint64_t *words;
    const int64_t *began;
    int64_t count;
    const uint8_t *text;
    int64_t size;
} Words;

/* Returns whether a phrase begins with a word. */
static int begins(
    const Words *in, int64_t word, const uint64_t *head, int64_t size, const uint8_t *then,
    int64_t then_size
) {
    if (in->count - word < size + (then_size > 0)) {
        return 0;
    }
    for (int64_t further = 0; further < size; further++) {
        if (in->words[word + further] != head[further]) {
            return 0;
        }
    }
    if (!then_size) {
        return 1;
    }
    int64_t at = in->began[word + size];
    return in->size - at >= then_size && !memcmp(in->text + at, then, (size_t)then_size);
}

/* Notes the words with which phrases begin, and a bit for each phrase; returns how many words.
 *
 * `tops` leads from the top bits of a hash to the last phrase whose first word has them, counted
 * from 1, and `after` from there to the others.
 */
int64_t tf_phrases(
    const uint64_t *words, const int64_t *began, int64_t count, const uint8_t *text, int64_t size,
    const uint8_t *tops, const uint64_t *heads, const int64_t *sizes, const uint8_t *then,
    const int64_t *then_sizes, const int64_t *after, int64_t *places, uint64_t *which
) {
    Words in = {words, began, count, text, size};
    int64_t found = 0;
    for (int64_t word = 0; word < count; word++) {
        if (!tops[words[word] >> 48]) {
            continue;
        }
        uint64_t bits = 0;
        for (int64_t phrase = tops[words[word] >> 48] - 1; phrase >= 0; phrase = after[phrase]) {
            const uint64_t *head = heads + phrase * MOST_WORDS;
            if (words[word] == head[0]
                && begins(&in, word, head, sizes[phrase], then + phrase * MOST_THEN,
                          then_sizes[phrase])) {
                bits |= 1ULL << phrase;
            }
        }
        if (bits) {
            places[found] = word;
            which[found++] = bits;
        }
    }
    return found;
}

/* Notes where a rare pair of bytes stands, up to `most` times; returns how often it does. */
int64_t tf_pairs(
    const uint8_t *text, int64_t size, const uint8_t *pair, int64_t *places, int64_t most
) {
    int64_t found = 0;
    uint8_t left = pair[0], right = pair[1];
    for (int64_t begin = 0; begin < size - 1; begin += AT_ONCE) {
        int64_t end = begin + AT_ONCE < size - 1 ? begin + AT_ONCE : size - 1;
        uint8_t any = 0;
        for (int64_t at = begin; at < end; at++) {
            any |= (uint8_t)((text[at] == left) & (text[at + 1] == right));
        }
        for (int64_t at = begin; any && at < end; at++) {
            if (text[at] == left && text[at + 1] == right && found < most) {
                places[found++] = at;
            }
        }
    }
    return found;
}
