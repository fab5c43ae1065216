// SPDX-License-Identifier: Apache-2.0
// document_test.c — a document is of one kind, as it says and as it was said, or it is refused.
#include "base/mem.h"
#include "base/test.h"
#include "image/document.h"

#include <string.h>

#define HEX       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define DIGEST    "\"digest\":\"sha256:" HEX "\",\"size\":7"
#define CONFIG    "\"config\":{\"mediaType\":\"" MEDIA_CONFIG "\"," DIGEST "}"
#define LAYERS    "\"layers\":[{\"mediaType\":\"" MEDIA_LAYER "+gzip\"," DIGEST "}]"
#define MANIFESTS "\"manifests\":[{\"mediaType\":\"" MEDIA_MANIFEST "\"," DIGEST "}]"
#define V2        "{\"schemaVersion\":2,"
#define SAYS(t)   "\"mediaType\":\"" t "\","

static struct arena arena;
static struct err err;

static int read_as(const char *text, const char *expected, struct document *out)
{
    return document_read(&arena, str_of(text), expected, out, &err);
}

TEST(what_a_document_says_is_and_was_said_to_be_must_agree)
{
    static const struct {
        const char *text, *expected;
        int kind; // -1: refused
    } rows[] = {
        // one of both kinds at once, whatever it is called
        {V2 SAYS(MEDIA_MANIFEST) CONFIG "," LAYERS "," MANIFESTS "}", MEDIA_MANIFEST, -1},
        {V2 SAYS(MEDIA_INDEX) CONFIG "," LAYERS "," MANIFESTS "}", MEDIA_INDEX, -1},
        {V2 CONFIG "," LAYERS "," MANIFESTS "}", NULL, -1},
        {V2 LAYERS "," MANIFESTS "}", NULL, -1},
        {V2 SAYS(MEDIA_INDEX) MANIFESTS ",\"layers\":[]}", NULL, -1},
        // a manifest that says index, an index that says manifest
        {V2 SAYS(MEDIA_INDEX) CONFIG "," LAYERS "}", NULL, -1},
        {V2 SAYS(MEDIA_MANIFEST) MANIFESTS "}", NULL, -1},
        // that were said to be the other
        {V2 SAYS(MEDIA_MANIFEST) CONFIG "," LAYERS "}", MEDIA_INDEX, -1},
        {V2 SAYS(MEDIA_INDEX) MANIFESTS "}", MEDIA_MANIFEST, -1},
        {V2 CONFIG "," LAYERS "}", MEDIA_INDEX, -1},
        {V2 MANIFESTS "}", MEDIA_MANIFEST, -1},
        // of the right kind, but by another name
        {V2 SAYS(MEDIA_MANIFEST) CONFIG "," LAYERS "}", MEDIA_DOCKER_MANIFEST, -1},
        {V2 SAYS(MEDIA_DOCKER_LIST) MANIFESTS "}", MEDIA_INDEX, -1},
        // docker's must say what they are, OCI's may
        {V2 CONFIG "," LAYERS "}", MEDIA_DOCKER_MANIFEST, -1},
        {V2 MANIFESTS "}", MEDIA_DOCKER_LIST, -1},
        {V2 CONFIG "," LAYERS "}", MEDIA_MANIFEST, DOCUMENT_MANIFEST},
        {V2 MANIFESTS "}", MEDIA_INDEX, DOCUMENT_INDEX},
        {V2 CONFIG "," LAYERS "}", NULL, DOCUMENT_MANIFEST},
        {V2 MANIFESTS "}", NULL, DOCUMENT_INDEX},
        {V2 SAYS(MEDIA_DOCKER_MANIFEST) CONFIG "," LAYERS "}", MEDIA_DOCKER_MANIFEST,
         DOCUMENT_MANIFEST},
        {V2 SAYS(MEDIA_DOCKER_LIST) MANIFESTS "}", MEDIA_DOCKER_LIST, DOCUMENT_INDEX},
        // neither
        {V2 "\"x\":1}", NULL, -1},
        {V2 SAYS("text/html") CONFIG "," LAYERS "}", NULL, -1},
        {V2 CONFIG "," LAYERS "}", "text/html", -1},
        {"{" CONFIG "," LAYERS "}", NULL, -1},
        {"{\"schemaVersion\":3," CONFIG "," LAYERS "}", NULL, -1},
        {V2 CONFIG "}", NULL, -1},
        {V2 LAYERS "}", NULL, -1},
        {"[]", NULL, -1},
        {"", NULL, -1},
        {V2 CONFIG "," LAYERS "} {}", NULL, -1},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct document document;
        int read = read_as(rows[i].text, rows[i].expected, &document);
        if (read == 0)
            CHECK_INT(document.kind, rows[i].kind);
        else
            CHECK_INT(err.kind, ERR_INVALID);
        if (read != (rows[i].kind < 0 ? -1 : 0))
            CHECK_STR(rows[i].text, "read as it should be");
    }
    arena_done(&arena);
}

TEST(a_manifest_of_schema_1_is_refused_by_name)
{
    struct document document;
    CHECK(read_as("{\"schemaVersion\":1,\"name\":\"x\",\"fsLayers\":[{\"blobSum\":\"a\"}]}", NULL,
                  &document) < 0);
    CHECK_HAS(err.text, "schema 1");
    CHECK_HAS(err.text, "convert it");
    arena_done(&arena);
}

TEST(digests_in_documents_have_one_form)
{
    static const char *const bad[] = {
        "sha256:../../etc/passwd",
        "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "sha256:" HEX "0",
        "sha256:a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha512:" HEX HEX,
        "sha512:" HEX,
        ":" HEX,
        HEX,
        "",
        "sha256:%2e%2e",
        "sha256:" HEX "\\n",
        "md5:" HEX,
    };
    struct document document;
    for (size_t i = 0; i < N_ELEMENTS(bad); i++) {
        const char *text = arena_printf(
            &arena, V2 CONFIG ",\"layers\":[{\"mediaType\":\"x\",\"digest\":\"%s\",\"size\":1}]}",
            bad[i]);
        CHECK_INT(read_as(text, NULL, &document), -1);
        CHECK_INT(err.kind, ERR_INVALID);
    }
    CHECK(read_as(V2 "\"manifests\":[{\"mediaType\":\"x\",\"digest\":\"sha512:" HEX HEX
                     "\",\"size\":1}]}",
                  NULL, &document) < 0);
    CHECK_HAS(err.text, "sha512");
    arena_done(&arena);
}

TEST(sizes_and_counts_have_limits)
{
    static const char *const sizes[] = {"-1",    "1e3", "4398046511105", "18446744073709551616",
                                        "\"7\"", "1.5"};
    struct document document;
    for (size_t i = 0; i < N_ELEMENTS(sizes); i++) {
        const char *text = arena_printf(&arena,
                                        V2 CONFIG ",\"layers\":[{\"mediaType\":\"x\",\"digest\":"
                                                  "\"sha256:" HEX "\",\"size\":%s}]}",
                                        sizes[i]);
        CHECK_INT(read_as(text, NULL, &document), -1);
    }
    static const struct {
        const char *list;
        int n, result;
        const char *says;
    } counts[] = {
        {"layers", DOCUMENT_LAYERS_MAX, 0, ""},
        {"layers", DOCUMENT_LAYERS_MAX + 1, -1, "501 layers: the kernel's overlay"},
        {"manifests", DOCUMENT_MANIFESTS_MAX, 0, ""},
        {"manifests", DOCUMENT_MANIFESTS_MAX + 1, -1, "1001 manifests"},
    };
    for (size_t i = 0; i < N_ELEMENTS(counts); i++) {
        AUTO_BUF struct buf text;
        buf_init(&text, DOCUMENT_MAX);
        buf_text(&text, V2);
        if (strcmp(counts[i].list, "layers") == 0)
            buf_text(&text, CONFIG ",");
        buf_printf(&text, "\"%s\":[", counts[i].list);
        for (int j = 0; j < counts[i].n; j++)
            buf_printf(&text, "%s{\"mediaType\":\"x\"," DIGEST "}", j == 0 ? "" : ",");
        buf_text(&text, "]}");
        CHECK_INT(read_as(buf_get(&text), NULL, &document), counts[i].result);
        if (counts[i].result < 0)
            CHECK_HAS(err.text, counts[i].says);
    }
    AUTO_FREE char *huge = xmalloc(DOCUMENT_MAX + 2);
    memset(huge, ' ', DOCUMENT_MAX + 1);
    huge[DOCUMENT_MAX + 1] = '\0';
    CHECK_INT(read_as(huge, NULL, &document), -1);
    CHECK_HAS(err.text, "at most");
    arena_done(&arena);
}

TEST(what_a_manifest_is_for_follows_from_its_media_types)
{
    static const struct {
        const char *text;
        const char *annotation, *os;
        enum manifest_kind kind;
    } rows[] = {
        {V2 CONFIG "," LAYERS "}", NULL, "linux", MANIFEST_IMAGE},
        {V2 CONFIG "," LAYERS "}", "attestation-manifest", "unknown", MANIFEST_ATTESTATION},
        {V2 CONFIG "," LAYERS "}", NULL, "unknown", MANIFEST_ATTESTATION},
        {V2 CONFIG ",\"layers\":[]}", NULL, "linux", MANIFEST_ARTIFACT},
        {V2 CONFIG ",\"layers\":[{\"mediaType\":\"application/vnd.in-toto+json\"," DIGEST "}]}",
         NULL, "linux", MANIFEST_ARTIFACT},
        {V2 "\"config\":{\"mediaType\":\"" MEDIA_EMPTY "\"," DIGEST "}," LAYERS "}", NULL, "linux",
         MANIFEST_ARTIFACT},
        {V2 "\"artifactType\":\"a/b\"," CONFIG "," LAYERS "}", NULL, "linux", MANIFEST_ARTIFACT},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct document document;
        struct json_pair annotation = {ANNOTATION_TYPE, rows[i].annotation};
        struct platform platform = {.os = rows[i].os, .architecture = rows[i].os};
        const struct descriptor descriptor = {.annotations = &annotation,
                                              .n_annotations = rows[i].annotation != NULL,
                                              .platform = &platform};
        CHECK_INT(read_as(rows[i].text, NULL, &document), 0);
        CHECK_INT(manifest_kind_of(&document, &descriptor), rows[i].kind);
    }
    arena_done(&arena);
}

TEST(layers_are_known_by_their_media_type)
{
    static const struct {
        const char *type;
        enum layer_compression compression;
        bool is_foreign;
    } rows[] = {
        {"application/vnd.oci.image.layer.v1.tar", LAYER_PLAIN, false},
        {"application/vnd.oci.image.layer.v1.tar+gzip", LAYER_GZIP, false},
        {"application/vnd.oci.image.layer.v1.tar+zstd", LAYER_ZSTD, false},
        {"application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER_GZIP, false},
        {"application/vnd.docker.image.rootfs.diff.tar.zstd", LAYER_ZSTD, false},
        {"application/vnd.docker.image.rootfs.diff.tar", LAYER_PLAIN, false},
        {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", LAYER_GZIP, true},
        {"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", LAYER_ZSTD, true},
        {"application/octet-stream", LAYER_UNKNOWN, false},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct layer_media media = media_of_layer(rows[i].type);
        CHECK_INT(media.compression, rows[i].compression);
        CHECK_INT(media.is_foreign, rows[i].is_foreign);
    }
}

TEST(chain_ids_are_those_of_the_specification)
{
    // sha256("sha256:<64 a> sha256:<64 b>"), by coreutils.
    static const char *diff_ids[] = {
        "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"};
    const struct rootfs rootfs = {"layers", diff_ids, 2};
    const char **chain = chain_ids_of(&arena, &rootfs);
    CHECK_STR(chain[0], diff_ids[0] + strlen("sha256:"));
    CHECK_STR(chain[1], "ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c");
    arena_done(&arena);
}

TEST(a_config_without_its_layers_digests_is_refused)
{
    static const char *const bad[] = {
        "{}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\"}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":"
        "[]}}",
        "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":"
        "[\"../x\"]}}",
        "{\"os\":\"linux\",\"architecture\":null,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":"
        "[\"sha256:" HEX "\"]}}",
        "null",
    };
    struct config_document config;
    for (size_t i = 0; i < N_ELEMENTS(bad); i++)
        CHECK_INT(config_read(&arena, str_of(bad[i]), &config, &err), -1);
    CHECK_INT(
        config_read(&arena,
                    STR("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":"
                        "\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]},\"config\":{\"Healthcheck\":"
                        "{\"Test\":[\"CMD\",\"x\"],\"Interval\":5},\"OnBuild\":[\"RUN x\"],"
                        "\"Shell\":[\"/bin/bash\"],\"ArgsEscaped\":true}}"),
                    &config, &err),
        0);
    CHECK_INT(config.config.health->interval, 5);
    CHECK_STR(config.config.health->test[1], "x");
    CHECK_STR(config.config.on_build[0], "RUN x");
    CHECK_STR(config.config.shell[0], "/bin/bash");
    CHECK(config.config.args_escaped);
    arena_done(&arena);
}

// --- any node of a good document replaced by something else ---

// The end of the JSON value that starts at `at`.
static size_t value_end(const char *text, size_t at)
{
    size_t depth = 0, i = at;
    bool in_string = false;
    do {
        if (in_string && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            in_string = !in_string;
        else if (!in_string && strchr("{[", text[i]) != NULL)
            depth++;
        else if (!in_string && strchr("}]", text[i]) != NULL)
            depth--;
        i++;
    } while (text[i] != '\0' &&
             (in_string || depth != 0 || (text[i] != '\0' && strchr(",}]", text[i]) == NULL)));
    return i;
}

static bool starts_value(const char *text, size_t at)
{
    return at != 0 && strchr(":[,", text[at - 1]) != NULL && strchr(":[],}", text[at]) == NULL;
}

// Every reader takes the text or refuses it with a reason; what it takes has passed the limits.
static size_t read_all_ways(const char *text)
{
    static const char *const types[] = {NULL, MEDIA_INDEX, MEDIA_MANIFEST, MEDIA_DOCKER_MANIFEST};
    AUTO_ARENA struct arena inner = {};
    struct config_document config;
    struct document document;
    size_t n = 0;
    for (size_t i = 0; i < N_ELEMENTS(types); i++) {
        if (document_read(&inner, str_of(text), types[i], &document, &err) < 0) {
            CHECK_INT(err.kind, ERR_INVALID);
            CHECK(err.text[0] != '\0');
            continue;
        }
        for (size_t j = 0; j < document.n_layers; j++)
            CHECK(digest_is_valid(document.layers[j].digest));
        for (size_t j = 0; j < document.n_manifests; j++)
            CHECK(digest_is_valid(document.manifests[j].digest));
        (void)manifest_kind_of(&document, document.n_manifests != 0 ? document.manifests : NULL);
        n++;
    }
    if (config_read(&inner, str_of(text), &config, &err) == 0) {
        (void)chain_ids_of(&inner, &config.rootfs);
        n++;
    }
    return n;
}

TEST(any_node_of_a_document_may_be_anything)
{
    static const char *const documents[] = {
        V2 SAYS(MEDIA_MANIFEST) CONFIG "," LAYERS ",\"annotations\":{\"a\":\"b\"},\"subject\":"
                                       "{\"mediaType\":\"x\"," DIGEST "}}",
        V2 SAYS(MEDIA_INDEX) "\"manifests\":[{\"mediaType\":\"" MEDIA_MANIFEST "\"," DIGEST
                             ",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":"
                             "\"v7\",\"os.features\":[\"x\"]},\"urls\":[\"u\"],\"annotations\":"
                             "{\"a\":\"b\"}}]}",
        "{\"created\":\"2020-01-01T00:00:00Z\",\"author\":\"a\",\"os\":\"linux\",\"architecture\":"
        "\"amd64\",\"config\":{\"Env\":[\"A=b\"],\"Cmd\":[\"x\"],\"ExposedPorts\":{\"80/tcp\":{}},"
        "\"Labels\":{\"l\":\"v\"},\"Healthcheck\":{\"Test\":[\"NONE\"],\"Interval\":1}},\"rootfs\":"
        "{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]},\"history\":[{\"created_by\":"
        "\"x\",\"empty_layer\":true}]}",
    };
    static const char *const nodes[] = {"null",
                                        "[]",
                                        "{}",
                                        "\"\"",
                                        "1e999",
                                        "-1",
                                        "true",
                                        "[[[]]",
                                        "[{}]",
                                        "{\"a\":{}}",
                                        "18446744073709551615",
                                        "\"sha256:" HEX "\""};
    size_t n_tried = 0, n_read = 0;
    for (size_t i = 0; i < N_ELEMENTS(documents); i++) {
        const char *text = documents[i];
        CHECK(read_all_ways(text) != 0);
        for (size_t at = 1; text[at] != '\0'; at++) {
            if (!starts_value(text, at))
                continue;
            for (size_t j = 0; j < N_ELEMENTS(nodes); j++) {
                AUTO_FREE char *changed =
                    str_printf("%.*s%s%s", (int)at, text, nodes[j], text + value_end(text, at));
                n_read += read_all_ways(changed) != 0;
                n_tried++;
            }
        }
    }
    CHECK(n_tried > 500);
    CHECK(n_read > 20 && n_read < n_tried);
}
