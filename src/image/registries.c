// SPDX-License-Identifier: Apache-2.0
// registries.c — where an image's name leads.
#include "image/registries.h"

#include "base/mem.h"
#include "base/str.h"
#include "image/image.h"
#include "image/network.h"
#include "transfer/transfer.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define HUB        "docker.io"
#define HUB_HOST   "registry-1.docker.io" // where its API is
#define HUB_SEARCH "index.docker.io"
#define LIBRARY    "library/"

enum { LIMIT_MAX = 100, MIRRORS_MAX = 16 };

// --- the files ---

enum pull_from { FROM_ALL, FROM_DIGEST_ONLY, FROM_TAG_ONLY };
static const char *const pull_from_words[] = {"all", "digest-only", "tag-only", NULL};

struct mirror {
    const char *location;
    bool insecure;
    int pull_from;
};
struct registry {
    const char *prefix, *location; // one may be NULL: the same as the other
    bool insecure, blocked;
    struct mirror *mirrors;
    size_t n_mirrors;
};
struct proxies {
    const char *http, *https, *no_proxy;
};
struct file {
    const char **mirrors, **insecure;
    size_t n_mirrors, n_insecure;
    struct proxies *proxies;
    uint32_t *max_downloads, *max_uploads, *attempts, *stall;
    struct registry *registries;
    size_t n_registries;
    const char *runtimes;              // engine/runtimes.c reads them
    const char *log_driver, *log_opts; // engine/container_log.c reads them
    const char *others;                // engine/settings.c reads them
    const char *policy;
};
struct registries {
    const char *certificates[3]; // directories; an entry may be NULL
    struct file file;            // both as one
};

// clang-format off
static const struct json_field mirror_fields[] = {
    JSON_FIELD(struct mirror, location, JSON_REQUIRED | JSON_NOT_EMPTY),
    JSON_FIELD(struct mirror, insecure, JSON_OPTIONAL),
    {.name = "pull-from-mirror", .offset = offsetof(struct mirror, pull_from), .kind = JSON_ENUM,
     .words = pull_from_words},
    {},
};
static const struct json_field registry_fields[] = {
    JSON_FIELD(struct registry, prefix, JSON_NOT_EMPTY),
    JSON_FIELD(struct registry, location, JSON_NOT_EMPTY),
    JSON_FIELD(struct registry, insecure, JSON_OPTIONAL),
    JSON_FIELD(struct registry, blocked, JSON_OPTIONAL),
    JSON_LIST(struct registry, mirrors, mirror_fields, JSON_OPTIONAL),
    {},
};
static const struct json_field proxies_fields[] = {
    JSON_NAMED(struct proxies, http, "http-proxy", JSON_OPTIONAL),
    JSON_NAMED(struct proxies, https, "https-proxy", JSON_OPTIONAL),
    JSON_NAMED(struct proxies, no_proxy, "no-proxy", JSON_OPTIONAL),
    {},
};
#define SHARED_FIELDS                                                                              \
    JSON_ARRAY_NAMED(struct file, mirrors, "registry-mirrors", JSON_OPTIONAL),                     \
    JSON_ARRAY_NAMED(struct file, insecure, "insecure-registries", JSON_OPTIONAL),                 \
    JSON_BEHIND(struct file, proxies, proxies_fields, JSON_OPTIONAL),                              \
    JSON_NAMED(struct file, max_downloads, "max-concurrent-downloads", JSON_OPTIONAL),             \
    JSON_NAMED(struct file, max_uploads, "max-concurrent-uploads", JSON_OPTIONAL),                 \
    JSON_NAMED(struct file, attempts, "max-download-attempts", JSON_OPTIONAL)
static const struct json_field docker_fields[] = {SHARED_FIELDS, {}};
static const struct json_field our_fields[] = {
    SHARED_FIELDS,
    JSON_NAMED(struct file, stall, "registry-stall-seconds", JSON_OPTIONAL),
    JSON_LIST(struct file, registries, registry_fields, JSON_OPTIONAL),
    JSON_TEXT_OF(struct file, runtimes, JSON_OPTIONAL),
    { .name = "log-driver", .offset = offsetof(struct file, log_driver), .kind = JSON_RAW },
    { .name = "log-opts", .offset = offsetof(struct file, log_opts), .kind = JSON_RAW },
    REGISTRIES_KEY(struct file, others, "cdi-spec-dirs"),
    REGISTRIES_KEY(struct file, others, "default-ulimits"),
    REGISTRIES_KEY(struct file, others, "default-userns-mode"),
    JSON_FIELD(struct file, policy, JSON_OPTIONAL),
    {},
};
// clang-format on

// "https://mirror:5000/" → "mirror:5000" and whether it is plain http.
static bool split_mirror(const char *url, struct str *out, bool *out_plain)
{
    *out_plain = text_starts(url, "http://");
    if (!*out_plain && !text_starts(url, "https://"))
        return false;
    struct str host = str_of(url + strlen(*out_plain ? "http://" : "https://"));
    if (host.n != 0 && host.at[host.n - 1] == '/')
        host.n--;
    *out = host;
    return host.n != 0 && strcspn(host.at, "/?#@ ") >= host.n;
}

// A location or prefix is HOST[:PORT][/PATH], as it stands in image names.
static bool is_place(const char *text)
{
    size_t n = strlen(text);
    return strstr(text, "://") == NULL && strcspn(text, " ?#@") == n && text[0] != '/' &&
           text[n - 1] != '/';
}

static int check_registry(const struct registry *registry, size_t at, struct err *err)
{
    const char *const places[] = {registry->prefix, registry->location};
    if (registry->prefix == NULL && registry->location == NULL)
        return fail(err, ERR_INVALID, "registries[%zu]: expected a prefix or a location", at);
    for (size_t i = 0; i < N_ELEMENTS(places); i++) {
        if (places[i] != NULL && !is_place(places[i]))
            return fail(err, ERR_INVALID,
                        "registries[%zu]: expected HOST[:PORT][/PATH] without a scheme, not \"%s\"",
                        at, places[i]);
    }
    bool is_wild = (registry->location != NULL && registry->location[0] == '*') ||
                   (registry->prefix != NULL && registry->prefix[0] == '*' &&
                    !text_starts(registry->prefix, "*."));
    if (is_wild)
        return fail(err, ERR_INVALID, "registries[%zu]: a * stands only in a prefix *.DOMAIN", at);
    for (size_t i = 0; i < registry->n_mirrors; i++) {
        if (!is_place(registry->mirrors[i].location))
            return fail(err, ERR_INVALID,
                        "registries[%zu].mirrors[%zu].location: expected HOST[:PORT][/PATH] "
                        "without a scheme, not \"%s\"",
                        at, i, registry->mirrors[i].location);
    }
    return 0;
}

static int check_limit(const uint32_t *value, const char *key, struct err *err)
{
    if (value != NULL && (*value < 1 || *value > LIMIT_MAX))
        return fail(err, ERR_INVALID, "%s: expected 1 to %d", key, LIMIT_MAX);
    return 0;
}

static int check_file(const struct file *file, struct err *err)
{
    struct str host;
    bool is_plain;
    if (file->n_mirrors > MIRRORS_MAX)
        return fail(err, ERR_INVALID, "registry-mirrors: more than %d", MIRRORS_MAX);
    for (size_t i = 0; i < file->n_mirrors; i++) {
        if (!split_mirror(file->mirrors[i], &host, &is_plain))
            return fail(err, ERR_INVALID,
                        "registry-mirrors[%zu]: expected http(s)://HOST[:PORT], not \"%s\"", i,
                        file->mirrors[i]);
    }
    for (size_t i = 0; i < file->n_insecure; i++) {
        struct str entry = str_of(file->insecure[i]);
        bool has_slash = strchr(file->insecure[i], '/') != NULL;
        if (entry.n == 0 || (has_slash && !network_is_valid(entry)))
            return fail(err, ERR_INVALID,
                        "insecure-registries[%zu]: expected HOST[:PORT] or ADDRESS/BITS, not "
                        "\"%s\"",
                        i, file->insecure[i]);
    }
    for (size_t i = 0; i < file->n_registries; i++) {
        if (check_registry(&file->registries[i], i, err) < 0)
            return -1;
        if (file->registries[i].n_mirrors > MIRRORS_MAX)
            return fail(err, ERR_INVALID, "registries[%zu].mirrors: more than %d", i, MIRRORS_MAX);
    }
    if (check_limit(file->max_downloads, "max-concurrent-downloads", err) < 0 ||
        check_limit(file->max_uploads, "max-concurrent-uploads", err) < 0 ||
        check_limit(file->attempts, "max-download-attempts", err) < 0 ||
        check_limit(file->stall, "registry-stall-seconds", err) < 0)
        return -1;
    return 0;
}

static int read_file(struct arena *arena, const char *path, bool is_ours, bool must_exist,
                     struct file *out, struct err *err)
{
    *out = (struct file){};
    if (path == NULL)
        return 0;
    if (json_decode_file(arena, AT_FDCWD, path, is_ours ? our_fields : docker_fields, out,
                         is_ours ? JSON_STRICT : JSON_LENIENT, err) < 0) {
        *out = (struct file){};
        if (err->sys == ENOENT && !must_exist)
            return 0;
        return fail_in(err, "configuration"); // the text has the path
    }
    if (check_file(out, err) < 0)
        return fail_in(err, "configuration: %s", path);
    return 0;
}

// certs.d beside a file.
static const char *beside(struct arena *arena, const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    if (slash == NULL)
        return NULL;
    return arena_printf(arena, "%.*s/certs.d", (int)(slash - path), path);
}

const char *registries_policy(const struct registries *registries)
{
    return registries->file.policy;
}

int registries_read(struct arena *arena, const struct registries_paths *paths,
                    struct registries **out, struct err *err)
{
    struct file ours, docker;
    if (read_file(arena, paths->ours, true, paths->ours_must_exist, &ours, err) < 0 ||
        read_file(arena, paths->docker, false, false, &docker, err) < 0)
        return -1;
    struct registries *registries = arena_new(arena, struct registries);
    struct file *file = &registries->file;
    *file = ours;
    if (ours.n_mirrors == 0) {
        file->mirrors = docker.mirrors;
        file->n_mirrors = docker.n_mirrors;
    }
    if (ours.n_insecure == 0) {
        file->insecure = docker.insecure;
        file->n_insecure = docker.n_insecure;
    }
    if (ours.proxies == NULL)
        file->proxies = docker.proxies;
    if (ours.max_downloads == NULL)
        file->max_downloads = docker.max_downloads;
    if (ours.max_uploads == NULL)
        file->max_uploads = docker.max_uploads;
    if (ours.attempts == NULL)
        file->attempts = docker.attempts;
    registries->certificates[0] = beside(arena, paths->ours);
    registries->certificates[1] = beside(arena, paths->docker);
    registries->certificates[2] = "/etc/containers/certs.d";
    *out = registries;
    return 0;
}

// --- names ---

// "alpine", "quay.io/team/x": what users call the repository.
static const char *familiar(struct arena *arena, const struct image_reference *name)
{
    if (!text_equal(name->registry, HUB))
        return arena_printf(arena, "%s/%s", name->registry, name->path);
    return text_starts(name->path, LIBRARY) ? name->path + strlen(LIBRARY) : name->path;
}

// How much of the whole name ("docker.io/library/alpine") the prefix is: 0 none.
static size_t prefix_length(const char *prefix, const char *whole)
{
    size_t n = strlen(prefix);
    if (text_starts(prefix, "*.")) { // any host below the domain
        size_t host = strcspn(whole, "/"), domain = strcspn(prefix + 1, "/");
        size_t rest = n - 1 - domain; // of the prefix: "/path"
        if (host <= domain || strncmp(whole + host - domain, prefix + 1, domain) != 0 ||
            strncmp(whole + host, prefix + 1 + domain, rest) != 0)
            return 0;
        n = host + rest;
    } else if (strncmp(prefix, whole, n) != 0) {
        return 0;
    }
    return whole[n] == '\0' || whole[n] == '/' || whole[n] == ':' ? n : 0;
}

static const char *prefix_of(const struct registry *registry)
{
    return registry->prefix != NULL ? registry->prefix : registry->location;
}

static const struct registry *find_registry(const struct file *file, const char *whole,
                                            size_t *out_n)
{
    const struct registry *best = NULL;
    size_t best_n = 0;
    for (size_t i = 0; i < file->n_registries; i++) {
        const char *prefix = prefix_of(&file->registries[i]);
        size_t n = prefix_length(prefix, whole) != 0 ? strlen(prefix) : 0;
        if (n > best_n) {
            best = &file->registries[i];
            best_n = n;
            *out_n = prefix_length(prefix, whole);
        }
    }
    return best;
}

// --- endpoints ---

struct plan { // what registries_session fills
    const struct registries *registries;
    const struct image_reference *name;
    const char *image;
    enum registries_use use;
    struct transfer_endpoint *endpoints;
    size_t n;
};

static bool is_insecure(const struct file *file, struct str host)
{
    for (size_t i = 0; i < file->n_insecure; i++) {
        if (insecure_matches(str_of(file->insecure[i]), host))
            return true;
    }
    return false;
}

static int read_certificates(const struct registries *registries, struct arena *arena,
                             struct transfer_endpoint *endpoint, const char *host, struct err *err)
{
    for (size_t i = 0; i < N_ELEMENTS(registries->certificates); i++) {
        const char *base = registries->certificates[i];
        if (base == NULL)
            continue;
        const char *dir = arena_printf(arena, "%s/%s", base, host);
        if (transfer_certificates_read(arena, dir, endpoint, err) < 0)
            return -1;
    }
    return 0;
}

// `place` is HOST[:PORT]/REPOSITORY.
static int add(struct plan *plan, struct arena *arena, const char *place, bool insecure,
               struct transfer_endpoint **out, struct err *err)
{
    struct str rest = str_of(place), host = str_cut(&rest, '/');
    if (rest.n == 0 && plan->use < REGISTRIES_HOST)
        return fail(err, ERR_INVALID, "\"%s\" names no repository", place);
    const char *registry = arena_strndup(arena, host.at, host.n);
    const char *hub = plan->use == REGISTRIES_SEARCH ? HUB_SEARCH : HUB_HOST;
    const char *api = text_equal(registry, HUB) ? hub : registry;
    struct transfer_endpoint endpoint = {
        .url = arena_printf(arena, "https://%s", api),
        .repository = rest.at,
        .name = registry,
        .image = plan->image,
        .is_insecure = insecure || is_insecure(&plan->registries->file, host),
    };
    if (read_certificates(plan->registries, arena, &endpoint, registry, err) < 0)
        return -1;
    plan->endpoints[plan->n] = endpoint;
    *out = &plan->endpoints[plan->n++];
    return 0;
}

static bool serves(const struct mirror *mirror, const struct image_reference *name)
{
    return mirror->pull_from == FROM_ALL ||
           (mirror->pull_from == FROM_DIGEST_ONLY) == (name->digest != NULL);
}

// containers-registries.conf's mirrors: the prefix is replaced by the mirror's location.
static int add_mirrors(struct plan *plan, struct arena *arena, const struct registry *registry,
                       const char *rest, struct err *err)
{
    for (size_t i = 0; i < registry->n_mirrors; i++) {
        const struct mirror *mirror = &registry->mirrors[i];
        struct transfer_endpoint *endpoint;
        if (!serves(mirror, plan->name))
            continue;
        const char *place = arena_printf(arena, "%s%s", mirror->location, rest);
        if (add(plan, arena, place, mirror->insecure, &endpoint, err) < 0)
            return -1;
        endpoint->is_mirror = true;
    }
    return 0;
}

// docker's mirrors: of docker.io, under the same name.
static int add_hub_mirrors(struct plan *plan, struct arena *arena, struct err *err)
{
    const struct file *file = &plan->registries->file;
    if (!text_equal(plan->name->registry, HUB))
        return 0;
    for (size_t i = 0; i < file->n_mirrors; i++) {
        struct str host = {};
        bool is_plain = false;
        struct transfer_endpoint *endpoint;
        (void)split_mirror(file->mirrors[i], &host, &is_plain); // check_file did
        const char *place = arena_printf(arena, "%.*s/%s", (int)host.n, host.at, plan->name->path);
        if (add(plan, arena, place, false, &endpoint, err) < 0)
            return -1;
        endpoint->is_mirror = true;
        if (is_plain)
            endpoint->url = arena_printf(arena, "http://%.*s", (int)host.n, host.at);
    }
    return 0;
}

// The first that is set, of "HTTPS_PROXY" and "https_proxy".
static const char *environment(const char *upper)
{
    char lower[32];
    size_t n = strlen(upper);
    for (size_t i = 0; i <= n; i++)
        lower[i] = (char)tolower((unsigned char)upper[i]);
    const char *value = getenv(upper);
    return !text_is_empty(value) ? value : getenv(lower);
}

static void set_proxies(const struct file *file, struct transfer_session *session)
{
    static const struct proxies none = {};
    const struct proxies *said = file->proxies != NULL ? file->proxies : &none;
    session->http_proxy = !text_is_empty(said->http) ? said->http : environment("HTTP_PROXY");
    session->https_proxy = !text_is_empty(said->https) ? said->https : environment("HTTPS_PROXY");
    session->no_proxy = !text_is_empty(said->no_proxy) ? said->no_proxy : environment("NO_PROXY");
    session->socks_proxy = environment("ALL_PROXY");
}

static void set_credentials(struct transfer_endpoint *endpoint,
                            const struct registry_credentials *credentials)
{
    endpoint->username = credentials->username;
    endpoint->password = credentials->password;
    endpoint->identity_token = credentials->identity_token;
    endpoint->registry_token = credentials->registry_token;
}

int registries_session(const struct registries *registries, struct arena *arena,
                       const struct registries_question *question, struct transfer_session *out,
                       struct err *err)
{
    const struct image_reference *name = question->name;
    enum registries_use use = question->use;
    const struct file *file = &registries->file;
    const char *whole = arena_printf(arena, "%s/%s", name->registry, name->path);
    const char *place = whole, *rest = "";
    size_t prefix_n = 0;
    const struct registry *registry = find_registry(file, whole, &prefix_n);
    struct plan plan = {registries, name, familiar(arena, name), use, NULL, 0};
    plan.endpoints = arena_array(arena, 2 * MIRRORS_MAX + 1, sizeof *plan.endpoints);
    if (registry != NULL && registry->blocked)
        return fail(err, ERR_DENIED, "registry %s is blocked by the configuration",
                    prefix_of(registry));
    if (registry != NULL) {
        rest = whole + prefix_n;
        if (registry->location != NULL)
            place = arena_printf(arena, "%s%s", registry->location, rest);
        if (use == REGISTRIES_PULL && add_mirrors(&plan, arena, registry, rest, err) < 0)
            return -1;
    }
    struct transfer_endpoint *itself;
    if ((use == REGISTRIES_PULL && add_hub_mirrors(&plan, arena, err) < 0) ||
        add(&plan, arena, place, registry != NULL && registry->insecure, &itself, err) < 0)
        return -1;
    // A place that somebody put in the registry's stead is what the user has logged in to, or not
    // at all: a password for docker.io is not for hub.corp.
    if (question->credentials != NULL && text_equal(itself->name, name->registry))
        set_credentials(itself, question->credentials);
    *out = (struct transfer_session){
        .endpoints = plan.endpoints,
        .n_endpoints = plan.n,
        .max_downloads = file->max_downloads != NULL ? *file->max_downloads : 0,
        .max_uploads = file->max_uploads != NULL ? *file->max_uploads : 0,
        .attempts = file->attempts != NULL ? *file->attempts : 0,
        .patience_s = file->stall != NULL ? *file->stall : 0,
    };
    set_proxies(file, out);
    return 0;
}
