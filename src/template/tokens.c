// SPDX-License-Identifier: Apache-2.0
// tokens.c — the text of a template as tokens.
//
// Outside of {{ }} all is TOKEN_TEXT; comments and what trim markers ({{- and -}}) take away are
// not there any more. Blanks inside count: they keep operands apart.
#include "template/parts.h"

#include <string.h>

struct reader {
    struct arena *arena;
    struct str text;
    size_t at, start; // of the token
    unsigned line, start_line;
    int parens;
    bool is_inside;
    struct token *tokens;
    size_t n, room;
};

static void read_text(struct reader *in);
static void read_inside(struct reader *in);

struct token *tokens_read(struct arena *arena, struct str text)
{
    struct reader in = {.arena = arena, .text = text, .line = 1, .start_line = 1};
    do {
        if (in.is_inside)
            read_inside(&in);
        else
            read_text(&in);
    } while (in.n == 0 || in.tokens[in.n - 1].kind > TOKEN_ERROR);
    return in.tokens;
}

static struct token *add(struct reader *in, enum token_kind kind, struct str text)
{
    if (in->n == in->room) {
        size_t room = in->room != 0 ? 2 * in->room : 16;
        struct token *more = arena_array(in->arena, room, sizeof *more);
        if (in->n != 0)
            memcpy(more, in->tokens, in->n * sizeof *more);
        in->tokens = more;
        in->room = room;
    }
    struct token *token = &in->tokens[in->n++];
    *token = (struct token){kind, (unsigned)in->start, in->start_line, text};
    return token;
}

// What was read since the last token is gone.
static void skip(struct reader *in)
{
    for (; in->start < in->at; in->start++)
        in->line += in->text.at[in->start] == '\n';
    in->start_line = in->line;
}

static void emit(struct reader *in, enum token_kind kind)
{
    add(in, kind, (struct str){in->text.at + in->start, in->at - in->start});
    skip(in);
}

static void fail_token(struct reader *in, const char *why)
{
    add(in, TOKEN_ERROR, str_of(why));
}

static struct str rest_of(const struct reader *in)
{
    return (struct str){in->text.at + in->at, in->text.n - in->at};
}

static char peek_at(const struct reader *in, size_t ahead)
{
    return in->at + ahead < in->text.n ? in->text.at[in->at + ahead] : '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Go asks Unicode for letters and digits; here all that is not ASCII counts as one.
static bool is_word(char c)
{
    return c == '_' || is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c & 0x80) != 0;
}

// Bytes of "}}" or " -}}" that stand here; 0: neither.
static size_t right_delimiter(const struct reader *in, bool *out_trims)
{
    *out_trims = is_blank(peek_at(in, 0)) && peek_at(in, 1) == '-' && peek_at(in, 2) == '}' &&
                 peek_at(in, 3) == '}';
    if (*out_trims)
        return 4;
    return peek_at(in, 0) == '}' && peek_at(in, 1) == '}' ? 2 : 0;
}

static void skip_blanks(struct reader *in)
{
    while (is_blank(peek_at(in, 0)))
        in->at++;
    skip(in);
}

// {{/* … */}}: in->at is at the slash.
static void read_comment(struct reader *in)
{
    struct str rest = rest_of(in);
    const char *end = rest.n > 2 ? memmem(rest.at + 2, rest.n - 2, "*/", 2) : NULL;
    skip(in);
    if (end == NULL) {
        fail_token(in, "unclosed comment");
        return;
    }
    in->at += (size_t)(end - rest.at) + 2;
    bool trims;
    size_t n = right_delimiter(in, &trims);
    if (n == 0) {
        fail_token(in, "comment ends before closing delimiter");
        return;
    }
    in->at += n;
    skip(in);
    if (trims)
        skip_blanks(in);
}

static void read_left(struct reader *in)
{
    bool trims = peek_at(in, 2) == '-' && is_blank(peek_at(in, 3));
    size_t marker = trims ? 2 : 0;
    if (peek_at(in, 2 + marker) == '/' && peek_at(in, 3 + marker) == '*') {
        in->at += 2 + marker;
        read_comment(in);
        return;
    }
    in->at += 2;
    emit(in, TOKEN_LEFT);
    in->at += marker;
    skip(in);
    in->is_inside = true;
    in->parens = 0;
}

static void read_text(struct reader *in)
{
    struct str rest = rest_of(in);
    const char *open = rest.n != 0 ? memmem(rest.at, rest.n, "{{", 2) : NULL;
    size_t n = open != NULL ? (size_t)(open - rest.at) : rest.n, keep = n;
    if (open != NULL && n + 3 < rest.n && open[2] == '-' && is_blank(open[3])) {
        while (keep != 0 && is_blank(rest.at[keep - 1]))
            keep--;
    }
    in->at += keep;
    if (keep != 0)
        emit(in, TOKEN_TEXT);
    in->at += n - keep;
    skip(in);
    if (open != NULL)
        read_left(in);
    else
        emit(in, TOKEN_EOF);
}

static void read_right(struct reader *in, bool trims)
{
    in->at += trims ? 2 : 0;
    skip(in);
    in->at += 2;
    emit(in, TOKEN_RIGHT);
    if (trims)
        skip_blanks(in);
    in->is_inside = false;
}

static void read_blanks(struct reader *in)
{
    bool trims;
    while (is_blank(peek_at(in, 0)) && right_delimiter(in, &trims) == 0)
        in->at++;
    if (in->at > in->start)
        emit(in, TOKEN_SPACE);
}

// What may stand right behind a word, a field or a variable.
static bool is_end_of_word(const struct reader *in)
{
    char c = peek_at(in, 0);
    bool trims;
    return in->at >= in->text.n || is_blank(c) || (c != '\0' && strchr(".,|:)(", c) != NULL) ||
           right_delimiter(in, &trims) != 0;
}

static void fail_character(struct reader *in, const char *what)
{
    size_t n;
    unsigned rune = rune_read(rest_of(in), &n);
    if (n == 0) // Go's own words for the end of the text
        fail_token(in, arena_printf(in->arena, "%s U+FFFFFFFFFFFFFFFF", what));
    else if (rune < ' ' || rune == 0x7f)
        fail_token(in, arena_printf(in->arena, "%s U+%04X", what, rune));
    else
        fail_token(in, arena_printf(in->arena, "%s U+%04X '%.*s'", what, rune, (int)n,
                                    in->text.at + in->at));
}

static enum token_kind word_kind(struct str word)
{
    static const struct {
        const char *word;
        enum token_kind kind;
    } words[] = {
        {"block", TOKEN_BLOCK},
        {"break", TOKEN_BREAK},
        {"continue", TOKEN_CONTINUE},
        {"define", TOKEN_DEFINE},
        {"else", TOKEN_ELSE},
        {"end", TOKEN_END},
        {"if", TOKEN_IF},
        {"nil", TOKEN_NIL},
        {"range", TOKEN_RANGE},
        {"template", TOKEN_TEMPLATE},
        {"with", TOKEN_WITH},
        {"true", TOKEN_BOOL},
        {"false", TOKEN_BOOL},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_is(word, words[i].word))
            return words[i].kind;
    }
    return TOKEN_NAME;
}

// A name, or with `kind` what stands behind a dot or a dollar.
static void read_word(struct reader *in, enum token_kind kind)
{
    while (in->at < in->text.n && is_word(in->text.at[in->at]))
        in->at++;
    if (!is_end_of_word(in)) {
        fail_character(in, "bad character");
        return;
    }
    struct str word = {in->text.at + in->start, in->at - in->start};
    if (kind == TOKEN_FIELD && word.n == 1)
        kind = TOKEN_DOT;
    emit(in, kind == TOKEN_NAME ? word_kind(word) : kind);
}

// "…" and '…' end with the line at the latest, `…` with the text.
static void read_quoted(struct reader *in, enum token_kind kind, const char *unterminated)
{
    char quote = in->text.at[in->at++];
    for (; in->at < in->text.n; in->at++) {
        char c = in->text.at[in->at];
        if (c == quote) {
            in->at++;
            emit(in, kind);
            return;
        }
        if (kind == TOKEN_RAW_STRING)
            continue;
        if (c == '\\')
            in->at++;
        if (c == '\n' || (c == '\\' && peek_at(in, 0) == '\n'))
            break;
    }
    fail_token(in, unterminated);
}

static void skip_any(struct reader *in, const char *digits)
{
    while (peek_at(in, 0) != '\0' && strchr(digits, peek_at(in, 0)) != NULL)
        in->at++;
}

static bool accept(struct reader *in, const char *any)
{
    bool is_there = peek_at(in, 0) != '\0' && strchr(any, peek_at(in, 0)) != NULL;
    in->at += is_there;
    return is_there;
}

static void read_number(struct reader *in)
{
    static const char decimal[] = "0123456789_";
    static const char hex[] = "0123456789abcdefABCDEF_";
    const char *digits = decimal;
    (void)accept(in, "+-");
    if (accept(in, "0")) {
        if (accept(in, "xX"))
            digits = hex;
        else if (accept(in, "oO"))
            digits = "01234567_";
        else if (accept(in, "bB"))
            digits = "01_";
    }
    skip_any(in, digits);
    if (accept(in, "."))
        skip_any(in, digits);
    bool has_exponent = digits == decimal ? accept(in, "eE") : digits == hex && accept(in, "pP");
    if (has_exponent) {
        (void)accept(in, "+-");
        skip_any(in, decimal);
    }
    (void)accept(in, "i");
    if (is_word(peek_at(in, 0))) {
        in->at++;
        AUTO_BUF struct buf why;
        buf_init(&why, 400);
        buf_text(&why, "bad number syntax: ");
        quote(&why, (struct str){in->text.at + in->start, in->at - in->start});
        fail_token(in, arena_strdup(in->arena, buf_get(&why)));
        return;
    }
    emit(in, TOKEN_NUMBER);
}

static void read_sign(struct reader *in)
{
    static const struct {
        char sign;
        enum token_kind kind;
    } signs[] = {{'=', TOKEN_ASSIGN}, {'|', TOKEN_PIPE}, {'(', TOKEN_OPEN}, {')', TOKEN_CLOSE}};
    char c = peek_at(in, 0);
    enum token_kind kind = TOKEN_CHAR;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        kind = signs[i].sign == c ? signs[i].kind : kind;
    in->parens += (kind == TOKEN_OPEN) - (kind == TOKEN_CLOSE);
    if (in->parens < 0) {
        fail_token(in, "unexpected right paren");
    } else if (c == ':' && peek_at(in, 1) != '=') {
        fail_token(in, "expected :=");
    } else if (c < ' ' || c == 0x7f) {
        fail_character(in, "unrecognized character in action:");
    } else {
        in->at += c == ':' ? 2 : 1;
        emit(in, c == ':' ? TOKEN_DECLARE : kind);
    }
}

static void read_inside(struct reader *in)
{
    bool trims;
    char c = peek_at(in, 0);
    if (right_delimiter(in, &trims) != 0) {
        if (in->parens == 0)
            read_right(in, trims);
        else
            fail_token(in, "unclosed left paren");
    } else if (in->at >= in->text.n) {
        fail_token(in, "unclosed action");
    } else if (is_blank(c)) {
        read_blanks(in);
    } else if (c == '"') {
        read_quoted(in, TOKEN_STRING, "unterminated quoted string");
    } else if (c == '`') {
        read_quoted(in, TOKEN_RAW_STRING, "unterminated raw quoted string");
    } else if (c == '\'') {
        read_quoted(in, TOKEN_RUNE, "unterminated character constant");
    } else if (c == '$' || (c == '.' && !is_digit(peek_at(in, 1)))) {
        in->at++;
        read_word(in, c == '$' ? TOKEN_VARIABLE : TOKEN_FIELD);
    } else if (c == '.' || c == '+' || c == '-' || is_digit(c)) {
        read_number(in);
    } else if (is_word(c)) {
        read_word(in, TOKEN_NAME);
    } else {
        read_sign(in);
    }
}
