/* Names rows and answers by the hashes of their turns. */

#include "bytes.h"

#define PLACE 0x9E3779B97F4A7C15ULL
#define MIX 0xFF51AFD7ED558CCDULL

enum { FRAMING = 2 }; /* roles below it frame a conversation */

static inline uint64_t mixed(uint64_t key) {
    key ^= key >> 32;
    key *= MIX;
    key ^= key >> 29;
    key *= PLACE;
    return key ^ (key >> 32);
}

/* Returns how many answers are trained, and notes of each its row, the key of the words before it
 * and its own; of every row the key of what is said and of what frames it.
 *
 * `turns`, `ends`, `roles` and `trains` are of turns; `firsts` are the turns that rows begin with
 * and one more for the end; `named` are keys of roles. The answers' lists have room for all turns.
 */
int64_t tf_keys(
    const uint64_t *turns, const int64_t *ends, const uint8_t *roles, const uint8_t *trains,
    const int64_t *firsts, int64_t rows, const uint64_t *named, uint64_t *spoken, uint64_t *frames,
    int64_t *owners, uint64_t *inputs, uint64_t *answers
) {
    int64_t found = 0;
    for (int64_t row = 0; row < rows; row++) {
        uint64_t sums[2] = {0, 0}, places[2] = {0, 0};
        for (int64_t turn = firsts[row]; turn < firsts[row + 1]; turn++) {
            uint64_t size = (uint64_t)(ends[turn] - (turn ? ends[turn - 1] : -1));
            int frames_it = roles[turn] < FRAMING;
            if (trains[turn] && !frames_it) {
                owners[found] = row;
                inputs[found] = mixed(sums[0]);
                answers[found++] = mixed(turns[turn] + size - 1);
            }
            uint64_t key = mixed(turns[turn] + size * PLACE) + named[roles[turn]];
            sums[frames_it] += mixed(key + ++places[frames_it] * PLACE);
        }
        spoken[row] = mixed(sums[0]);
        frames[row] = mixed(sums[1]);
    }
    return found;
}
