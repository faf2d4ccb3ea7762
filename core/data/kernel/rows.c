/* Reads plain chats: lines that hold turns of roles and words, and nothing else.
 *
 * A line is taken only when all of it is proven to be one; any doubt leaves it to the readers that
 * look at it alone and say what is wrong. So this knows no faults.
 */

#include "bytes.h"

enum { SYSTEM, DEVELOPER, USER, ASSISTANT, NOBODY };

/* Moves behind a token and the blanks around it; 0 where something else stands there. */
static inline const uint8_t *past(const uint8_t *at, const uint8_t *end, const char *token, int size) {
    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    if (at == 0 || end - at < size || memcmp(at, token, (size_t)size) != 0) {
        return 0;
    }
    at += size;
    while (at < end && (*at == ' ' || *at == '\t')) {
        at++;
    }
    return at;
}

#define PAST(at, end, token) ((at) = past((at), (end), (token), (int)sizeof(token) - 1))

static const uint8_t *role_at(const uint8_t *at, const uint8_t *end, int *role) {
    static const struct { const char *name; int size; } roles[] = {
        {"\"system\"", 8}, {"\"developer\"", 11}, {"\"user\"", 6}, {"\"assistant\"", 11},
    };
    for (*role = SYSTEM; *role < NOBODY; ++*role) {
        const uint8_t *next = past(at, end, roles[*role].name, roles[*role].size);
        if (next) {
            return next;
        }
    }
    return 0;
}

static int digit_of(uint8_t code) {
    if (code >= '0' && code <= '9') {
        return code - '0';
    }
    code |= 0x20;
    return code >= 'a' && code <= 'f' ? code - 'a' + 10 : -1;
}

/* Returns the code unit that four digits name, -1 where they are none. */
static int32_t unit_at(const uint8_t *at, const uint8_t *end) {
    if (end - at < 4) {
        return -1;
    }
    int32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = digit_of(at[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit << 4 | digit;
    }
    return unit;
}

static uint8_t *written(uint8_t *out, uint32_t code) {
    if (code < 0x80) {
        *out++ = (uint8_t)(code ? code : 1); /* a NUL ends turns */
    } else if (code < 0x800) {
        *out++ = (uint8_t)(0xC0 | code >> 6);
        *out++ = (uint8_t)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *out++ = (uint8_t)(0xE0 | code >> 12);
        *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (code & 0x3F));
    } else {
        *out++ = (uint8_t)(0xF0 | code >> 18);
        *out++ = (uint8_t)(0x80 | (code >> 12 & 0x3F));
        *out++ = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        *out++ = (uint8_t)(0x80 | (code & 0x3F));
    }
    return out;
}

/* Reads what follows a backslash; 0 where it is no escape of JSON. */
static const uint8_t *unescaped(const uint8_t *at, const uint8_t *end, uint8_t **out) {
    if (at >= end) {
        return 0;
    }
    static const char names[] = "\"\\/bfnrt", codes[] = "\"\\/\b\f\n\r\t";
    if (*at != 'u') {
        const char *name = *at ? strchr(names, *at) : 0;
        if (!name) {
            return 0;
        }
        *(*out)++ = (uint8_t)codes[name - names];
        return at + 1;
    }
    int32_t first = unit_at(at + 1, end);
    if (first < 0 || (first >= 0xDC00 && first < 0xE000)) {
        return 0;
    }
    at += 5;
    uint32_t code = (uint32_t)first;
    if (first >= 0xD800 && first < 0xDC00) {
        if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
            return 0;
        }
        int32_t second = unit_at(at + 2, end);
        if (second < 0xDC00 || second >= 0xE000) {
            return 0;
        }
        code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)second - 0xDC00);
        at += 6;
    }
    *out = written(*out, code);
    return at;
}

/* Returns how many bytes the character beyond ASCII has that stands here, 0 where it is none. */
static int width_at(const uint8_t *at, const uint8_t *end) {
    int64_t left = end - at;
    uint8_t lead = at[0], second = left > 1 ? at[1] : 0;
    if (lead >= 0xC2 && lead < 0xE0) {
        return (second & 0xC0) == 0x80 ? 2 : 0;
    }
    if (left < 3 || (second & 0xC0) != 0x80 || (at[2] & 0xC0) != 0x80) {
        return 0;
    }
    if (lead >= 0xE0 && lead < 0xF0) {
        int is_long = lead == 0xE0 && second < 0xA0, is_half = lead == 0xED && second >= 0xA0;
        return is_long || is_half ? 0 : 3;
    }
    if (lead >= 0xF0 && lead < 0xF5 && left > 3 && (at[3] & 0xC0) == 0x80) {
        int is_long = lead == 0xF0 && second < 0x90, is_beyond = lead == 0xF4 && second >= 0x90;
        return is_long || is_beyond ? 0 : 4;
    }
    return 0;
}

#define ONES 0x0101010101010101ULL
#define HIGHS 0x8080808080808080ULL

static inline uint64_t with_zero(uint64_t eight) {
    return (eight - ONES) & ~eight & HIGHS;
}

/* Returns marks at the bytes that cannot simply be copied; the lowest mark is surely one. */
static inline uint64_t odd_bytes(uint64_t eight) {
    uint64_t controls = (eight - ONES * 0x20) & ~eight & HIGHS;
    return controls | with_zero(eight ^ ONES * '"') | with_zero(eight ^ ONES * '\\')
        | (eight & HIGHS);
}

/* Copies the words of a string and returns where its closing quote stands; 0 where it is none. */
static const uint8_t *copied(const uint8_t *at, const uint8_t *end, uint8_t **into) {
    uint8_t *out = *into;
    for (;;) {
        while (end - at >= 8) {
            uint64_t eight = eight_at(at), odd = odd_bytes(eight);
            memcpy(out, &eight, 8);
            if (odd) {
                int sound = __builtin_ctzll(odd) >> 3;
                at += sound;
                out += sound;
                break;
            }
            at += 8;
            out += 8;
        }
        if (at >= end) {
            return 0;
        }
        uint8_t code = *at;
        if (code == '"') {
            *into = out;
            return at;
        }
        if (code == '\\') {
            at = unescaped(at + 1, end, &out);
            if (!at) {
                return 0;
            }
        } else if (code < 0x20) {
            return 0;
        } else if (code < 0x80) {
            *out++ = code;
            at++;
        } else {
            int width = width_at(at, end);
            if (!width) {
                return 0;
            }
            memcpy(out, at, (size_t)width);
            out += width;
            at += width;
        }
    }
}

static int is_blank(uint32_t code) {
    return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) || code == 0x85
        || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028
        || code == 0x2029 || code == 0x202F || code == 0x205F || code == 0x3000;
}

/* Returns whether words hold nothing but white space of any script. */
static int are_blank(const uint8_t *at, const uint8_t *end) {
    while (at < end) {
        uint32_t code = *at;
        int width = 1;
        if (code >= 0xF0) {
            return 0;
        }
        if (code >= 0xE0) {
            code = (code & 0x0F) << 12 | (uint32_t)(at[1] & 0x3F) << 6 | (at[2] & 0x3F);
            width = 3;
        } else if (code >= 0x80) {
            code = (code & 0x1F) << 6 | (at[1] & 0x3F);
            width = 2;
        }
        if (!is_blank(code)) {
            return 0;
        }
        at += width;
    }
    return 1;
}

typedef struct {
    uint8_t *said;  /* the words of every turn, each followed by a NUL */
    int64_t *ends;  /* where these NULs stand */
    uint8_t *roles;
    int64_t turns;
    int64_t bytes;
} Said;

/* Adds the turns of a line and returns 1; adds nothing and returns 0 where it is no plain chat. */
static int read_line(const uint8_t *at, const uint8_t *end, Said *said) {
    uint8_t *out = said->said + said->bytes;
    int64_t turns = said->turns, answer = -1, question = -1;
    if (!PAST(at, end, "{") || !PAST(at, end, "\"messages\"") || !PAST(at, end, ":")
        || !PAST(at, end, "[")) {
        return 0;
    }
    for (;;) {
        int role;
        if (!PAST(at, end, "{") || !PAST(at, end, "\"role\"") || !PAST(at, end, ":")
            || !(at = role_at(at, end, &role)) || !PAST(at, end, ",")
            || !PAST(at, end, "\"content\"") || !PAST(at, end, ":") || at >= end || *at != '"') {
            return 0;
        }
        const uint8_t *begin = out;
        at = copied(at + 1, end, &out);
        if (!at) {
            return 0;
        }
        at++;
        if (role == USER) {
            if (are_blank(begin, out)) {
                return 0;
            }
            question = question < 0 ? turns : question;
        }
        if (role == ASSISTANT && answer < 0) {
            answer = turns;
        }
        said->roles[turns] = (uint8_t)role;
        said->ends[turns++] = out - said->said;
        *out++ = 0;
        if (!PAST(at, end, "}") || at >= end) {
            return 0;
        }
        if (*at != ',') {
            break;
        }
        at++;
    }
    if (!PAST(at, end, "]") || !PAST(at, end, "}") || at != end) {
        return 0;
    }
    if (answer < 0 || question > answer) {
        return 0;
    }
    said->turns = turns;
    said->bytes = out - said->said;
    return 1;
}

/* Reads the plain chats among some lines and returns how many there are.
 *
 * `said` has room for the text and 16 bytes more, `ends` and `roles` for a sixteenth as many
 * numbers, the others for a number a line. `made` takes the turns and the bytes of `said`.
 */
int64_t tf_plain_rows(
    const uint8_t *text, const int64_t *begins, const int64_t *stops, int64_t count,
    int64_t longest, int64_t *lines, uint64_t *checks, int64_t *firsts, uint8_t *said,
    int64_t *ends, uint8_t *roles, int64_t *made
) {
    Said into = {said, ends, roles, 0, 0};
    int64_t rows = 0;
    for (int64_t line = 0; line < count; line++) {
        int64_t size = stops[line] - begins[line];
        const uint8_t *at = text + begins[line];
        firsts[rows] = into.turns;
        if (size <= longest && read_line(at, at + size, &into)) {
            lines[rows] = line;
            checks[rows++] = hash_of(at, size);
        }
    }
    firsts[rows] = into.turns;
    made[0] = into.turns;
    made[1] = into.bytes;
    return rows;
}

/* Hashes parts of a text. */
void tf_hashes(
    const uint8_t *text, const int64_t *begins, const int64_t *stops, int64_t count,
    uint64_t *hashes
) {
    for (int64_t part = 0; part < count; part++) {
        hashes[part] = hash_of(text + begins[part], stops[part] - begins[part]);
    }
}
