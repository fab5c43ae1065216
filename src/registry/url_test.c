// SPDX-License-Identifier: Apache-2.0
#include "base/mem.h"
#include "base/test.h"
#include "registry/url.h"

#include <string.h>

TEST(a_url_is_taken_apart_and_put_together)
{
    static const struct {
        const char *text, *host, *target, *again;
        bool is_tls;
        uint16_t port;
    } rows[] = {
        {"https://R.example", "r.example", "/", "https://r.example/", true, 443},
        {"http://r:5000/v2/?a=b#c", "r", "/v2/?a=b", "http://r:5000/v2/?a=b", false, 5000},
        {"https://r:443?x", "r", "/?x", "https://r/?x", true, 443},
        {"http://[::1]:80/a", "::1", "/a", "http://[::1]/a", false, 80},
        {"HTTPS://127.0.0.1/a%2fb", "127.0.0.1", "/a%2fb", "https://127.0.0.1/a%2fb", true, 443},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct url url;
        struct err err = {};
        CHECK_INT(url_parse(&arena, rows[i].text, &url, &err), 0);
        CHECK_STR(url.host, rows[i].host);
        CHECK_STR(url.target, rows[i].target);
        CHECK_INT(url.is_tls, rows[i].is_tls);
        CHECK_INT(url.port, rows[i].port);
        CHECK_STR(url_text(&arena, &url), rows[i].again);
    }
}

TEST(a_url_that_could_mean_two_things_is_refused)
{
    static const char *const rows[] = {
        "",
        "r.example",
        "ftp://r/",
        "file:///etc/passwd",
        "unix:/run/x",
        "https://",
        "https:///v2",
        "https://user@r/",
        "https://user:secret@r/",
        "https://r:0/",
        "https://r:65536/",
        "https://r:1x/",
        "https://r\\@evil/",
        "https://r /",
        "https://r/a b",
        "https://r/a\r\nHost: evil",
        "https://r%2eexample/",
        "https://[::1/",
        "https://[::1]x/",
        "https://[fe80::1%25eth0]/",
        "https://r\x80/",
        "https://-r/",
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct url url;
        struct err err = {};
        CHECK(url_parse(&arena, rows[i], &url, &err) < 0);
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK(strstr(err.text, "secret") == NULL);
    }
}

TEST(a_location_is_joined_to_what_was_asked)
{
    static const char base[] = "https://r:5000/v2/a/blobs/uploads/?mount=x";
    static const struct {
        const char *reference, *want;
    } rows[] = {
        {"/v2/a/blobs/uploads/1?_state=Q%3D", "https://r:5000/v2/a/blobs/uploads/1?_state=Q%3D"},
        {"http://other/x?y=z", "http://other/x?y=z"},
        {"//other/x", "https://other/x"},
        {"1?s", "https://r:5000/v2/a/blobs/uploads/1?s"},
        {"../1", "https://r:5000/v2/a/blobs/1"},
        {"./1/.", "https://r:5000/v2/a/blobs/uploads/1/"},
        {"/../../x", "https://r:5000/x"},
        {"?n=5", "https://r:5000/v2/a/blobs/uploads/?n=5"},
        {"/a/../b?c/../d", "https://r:5000/b?c/../d"},
        {"", "https://r:5000/v2/a/blobs/uploads/?mount=x"},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct url url, joined;
        struct err err = {};
        CHECK_INT(url_parse(&arena, base, &url, &err), 0);
        CHECK_INT(url_join(&arena, &url, rows[i].reference, &joined, &err), 0);
        CHECK_STR(url_text(&arena, &joined), rows[i].want);
    }
}

TEST(what_is_joined_to_an_empty_path_is_joined_to_the_root)
{
    static const char *const rows[][2] = {{"", "/"}, {"x", "/x"}, {"?a", "/?a"}, {"../x", "/x"}};
    const struct url base = {.is_tls = true, .host = "r", .port = 443, .target = ""};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct url joined;
        struct err err = {};
        CHECK_INT(url_join(&arena, &base, rows[i][0], &joined, &err), 0);
        CHECK_STR(joined.target, rows[i][1]);
    }
}

TEST(a_location_of_another_protocol_is_refused)
{
    static const char *const rows[] = {"file:///etc/passwd", "gopher://x/", "javascript:x", "/a b",
                                       "/a\nb"};
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct url url, joined;
        struct err err = {};
        CHECK_INT(url_parse(&arena, "https://r/", &url, &err), 0);
        CHECK(url_join(&arena, &url, rows[i], &joined, &err) < 0);
    }
}

TEST(an_origin_is_scheme_host_and_port)
{
    static const struct {
        const char *a, *b;
        bool is_same;
    } rows[] = {
        {"https://r/x", "https://R:443/y", true},
        {"https://r/", "http://r/", false},
        {"https://r/", "https://r:5000/", false},
        {"https://r/", "https://r.evil/", false},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct url a, b;
        struct err err = {};
        CHECK_INT(url_parse(&arena, rows[i].a, &a, &err), 0);
        CHECK_INT(url_parse(&arena, rows[i].b, &b, &err), 0);
        CHECK_INT(url_same_origin(&a, &b), rows[i].is_same);
    }
}

TEST(a_query_grows_and_its_values_are_escaped)
{
    AUTO_ARENA struct arena arena = {};
    CHECK_STR(url_add_query(&arena, "/a", "digest", "sha256:0"), "/a?digest=sha256%3A0");
    CHECK_STR(url_add_query(&arena, "/a?_s=1", "from", "x/y&z"), "/a?_s=1&from=x%2Fy%26z");
    CHECK_STR(url_add_query(&arena, "/a?", "n", "1"), "/a?n=1");
}
