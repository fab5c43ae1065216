// SPDX-License-Identifier: Apache-2.0
// escape.c — html, js, urlquery.
#include "template/parts.h"

#include <string.h>

// One text as it is; anything else as print has it, with <no value> for what is not there.
static struct str text_to_escape(struct execution *in, const struct value *args, size_t n,
                                 struct buf *text)
{
    if (n == 1 && args[0].kind == VALUE_TEXT)
        return args[0].text;
    text_begin(in, text);
    struct value *shown = arena_array(&in->arena, n + 1, sizeof *shown);
    for (size_t i = 0; i < n; i++) {
        shown[i] = args[i];
        if (shown[i].kind == VALUE_NULL)
            shown[i] = value_of_text("<no value>");
    }
    print_values(&in->arena, text, shown, n);
    return (struct str){buf_get(text), text->n};
}

static int call_html(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    static const struct {
        char c;
        const char *text;
    } escapes[] = {{'\0', "\xef\xbf\xbd"}, {'"', "&#34;"}, {'\'', "&#39;"},
                   {'&', "&amp;"},         {'<', "&lt;"},  {'>', "&gt;"}};
    AUTO_BUF struct buf plain = {}, text;
    struct str from = text_to_escape(in, args, n, &plain);
    text_begin(in, &text);
    for (size_t i = 0; i < from.n; i++) {
        size_t j = 0;
        while (j < sizeof escapes / sizeof *escapes && escapes[j].c != from.at[i])
            j++;
        if (j < sizeof escapes / sizeof *escapes)
            buf_text(&text, escapes[j].text);
        else
            buf_char(&text, from.at[i]);
    }
    return make_text(in, &text, out);
}

// Characters beyond ASCII stay as they are; Go escapes those that do not print.
static int call_js(struct execution *in, const struct value *args, size_t n, struct value *out)
{
    AUTO_BUF struct buf plain = {}, text;
    struct str from = text_to_escape(in, args, n, &plain);
    text_begin(in, &text);
    for (size_t i = 0; i < from.n; i++) {
        char c = from.at[i];
        if (c == '\\' || c == '\'' || c == '"')
            buf_printf(&text, "\\%c", c);
        else if ((unsigned char)c < ' ' || strchr("<>&=", c) != NULL)
            buf_printf(&text, "\\u%04X", (unsigned char)c);
        else
            buf_char(&text, c);
    }
    return make_text(in, &text, out);
}

static int call_urlquery(struct execution *in, const struct value *args, size_t n,
                         struct value *out)
{
    AUTO_BUF struct buf plain = {}, text;
    struct str from = text_to_escape(in, args, n, &plain);
    text_begin(in, &text);
    for (size_t i = 0; i < from.n; i++) {
        char c = from.at[i];
        bool is_plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                        (c != '\0' && strchr("-_.~", c) != NULL);
        if (is_plain || c == ' ')
            buf_char(&text, c == ' ' ? '+' : c);
        else
            buf_printf(&text, "%%%02X", (unsigned char)c);
    }
    return make_text(in, &text, out);
}

const struct function escape_functions[] = {
    FUNCTION("html", call_html, 0, true, PARAMETER_ANY),
    FUNCTION("js", call_js, 0, true, PARAMETER_ANY),
    FUNCTION("urlquery", call_urlquery, 0, true, PARAMETER_ANY),
    {},
};
