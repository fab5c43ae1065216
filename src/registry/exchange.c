// SPDX-License-Identifier: Apache-2.0
// exchange.c — libcurl's options and call-backs.
//
// Redirects, credentials, cookies and proxies of the environment are off: what happens is decided
// in call.c. The address of each new connection is judged when its socket is made, after names were
// resolved, so that a name cannot say one thing to the check and another to the connection.
#include "registry/exchange.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum {
    BULK_BUFFER = 512 * 1024,
    SMALL_BUFFER = 16 * 1024,
    CONNECT_MAX_MS = 30'000,
    // A registry may think for long before it has put a large upload into its store.
    UPLOAD_PATIENCE = 4,
    DEFAULT_PATIENCE_S = 30,
    SLOWEST_BYTES_PER_S = 100,
};

static const struct {
    const char *name;
    size_t offset;
    bool is_list; // several lines are one value
} headers[] = {
    {"www-authenticate", offsetof(struct answer, authenticate), true},
    {"content-type", offsetof(struct answer, content_type), false},
    {"docker-content-digest", offsetof(struct answer, digest), false},
    {"location", offsetof(struct answer, location), false},
    {"link", offsetof(struct answer, link), true},
    {"content-range", offsetof(struct answer, content_range), false},
    {"range", offsetof(struct answer, range), false},
    {"retry-after", offsetof(struct answer, retry_after), false},
    {"warning", offsetof(struct answer, warning), false},
    {"oci-chunk-min-length", offsetof(struct answer, chunk_min), false},
    {"oci-subject", offsetof(struct answer, subject), false},
};

static void keep_header(struct exchange *exchange, struct str name, struct str value)
{
    for (size_t i = 0; i < N_ELEMENTS(headers); i++) {
        if (name.n != strlen(headers[i].name) || strncasecmp(name.at, headers[i].name, name.n) != 0)
            continue;
        const char **to = (const char **)((char *)&exchange->answer + headers[i].offset);
        const char *text = arena_strndup(exchange->arena, value.at, value.n);
        if (*to == NULL)
            *to = text;
        else if (headers[i].is_list)
            *to = arena_printf(exchange->arena, "%s, %s", *to, text);
    }
}

// A status line begins a new answer: of 100 Continue, or the one that counts.
static void start_answer(struct exchange *exchange, struct str line)
{
    uint32_t status = 0;
    (void)str_cut(&line, ' ');
    (void)str_to_u32(str_cut(&line, ' '), &status); // libcurl has checked it
    exchange->answer = (struct answer){.status = (int)status, .length = UINT64_MAX};
}

static size_t on_header(char *at, size_t size, size_t n, void *argument)
{
    struct exchange *exchange = argument;
    n *= size;
    exchange->header_bytes += n;
    if (exchange->header_bytes > HEADERS_MAX) {
        exchange->is_taken_badly = true;
        exchange->trouble = TROUBLE_FATAL;
        (void)fail(exchange->err, ERR_INVALID, "%s sends more than %d bytes of headers",
                   exchange->endpoint->name, HEADERS_MAX);
        return 0;
    }
    struct str line = str_trim((struct str){at, n});
    if (str_starts(line, "HTTP/")) {
        start_answer(exchange, line);
        return n;
    }
    exchange->has_head = line.n == 0; // the blank line that ends it
    struct str name = str_cut(&line, ':'), value = str_trim(line);
    if (name.n == strlen("content-length") && strncasecmp(name.at, "content-length", name.n) == 0)
        (void)str_to_u64(value, &exchange->answer.length); // stays unknown otherwise
    else
        keep_header(exchange, name, value);
    return n;
}

static size_t on_body(char *at, size_t size, size_t n, void *argument)
{
    struct exchange *exchange = argument;
    bool is_success = exchange->answer.status / 100 == 2;
    n *= size;
    if (is_success && exchange->take != NULL) {
        if (exchange->take(exchange->taker, &exchange->answer, at, n, exchange->err))
            return n;
        exchange->is_taken_badly = true;
        return 0;
    }
    struct buf *text = exchange->text;
    if (text == NULL)
        return n;
    if (text->n + n <= text->max) {
        buf_add(text, at, n);
        return n;
    }
    if (!is_success)
        return n; // enough of what it says
    exchange->is_taken_badly = true;
    exchange->trouble = TROUBLE_FATAL;
    (void)fail(exchange->err, ERR_INVALID, "%s answers with more than %zu bytes",
               exchange->endpoint->name, text->max);
    return 0;
}

static size_t on_upload(char *at, size_t size, size_t room, void *argument)
{
    struct exchange *exchange = argument;
    uint64_t left = exchange->n - exchange->sent_n;
    size_t n = size * room < left ? size * room : (size_t)left;
    if (exchange->bytes != NULL) {
        memcpy(at, exchange->bytes + exchange->sent_n, n);
    } else if (n != 0) {
        ssize_t got = pread(exchange->file, at, n, (off_t)(exchange->from + exchange->sent_n));
        if (got <= 0) {
            exchange->is_taken_badly = true;
            exchange->trouble = TROUBLE_FATAL;
            (void)(got < 0 ? fail_sys(exchange->err, "read what is uploaded")
                           : fail(exchange->err, ERR_INVALID, "what is uploaded ends too early"));
            return CURL_READFUNC_ABORT;
        }
        n = (size_t)got;
        if (exchange->sent != NULL)
            exchange->sent(exchange->taker, n);
    }
    exchange->sent_n += n;
    return n;
}

// libcurl wants to send it again, on another connection. What a registry has of an upload is asked
// before anything is sent twice (push.c).
static int on_seek(void *argument, curl_off_t offset, int origin)
{
    struct exchange *exchange = argument;
    if (exchange->bytes == NULL && exchange->sent_n != 0)
        return CURL_SEEKFUNC_FAIL;
    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > exchange->n)
        return CURL_SEEKFUNC_CANTSEEK;
    exchange->sent_n = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

static curl_socket_t on_socket(void *argument, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct exchange *exchange = argument;
    enum address_reach reach = address_reach(&address->addr), *own = &exchange->endpoint->reach;
    if (purpose != CURLSOCKTYPE_IPCXN)
        return CURL_SOCKET_BAD;
    if (!exchange->is_foreign && !exchange->is_proxied)
        *own = reach;
    if (exchange->is_foreign && !exchange->is_proxied &&
        (reach == ADDRESS_NEVER || (reach > *own && reach > ADDRESS_PUBLIC))) {
        exchange->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static CURL *take_easy(struct client *client)
{
    if (client->n_idle != 0)
        return client->idle[--client->n_idle];
    CURL *easy = client->curl.easy_init();
    if (easy == NULL)
        abort(); // as xmalloc
    return easy;
}

static void give_easy(struct client *client, CURL *easy)
{
    client->curl.easy_reset(easy);
    if (client->n_idle < N_ELEMENTS(client->idle))
        client->idle[client->n_idle++] = easy;
    else
        client->curl.easy_cleanup(easy);
}

static const char *proxy_of(const struct client *client, const struct url *url)
{
    const struct transfer_session *session = &client->session;
    const char *proxy = url->is_tls ? session->https_proxy : session->http_proxy;
    if (text_is_empty(proxy))
        proxy = session->socks_proxy;
    if (text_is_empty(proxy) || address_bypasses_proxy(session->no_proxy, url->host, url->port))
        return "";
    return proxy;
}

static bool is_of_another_endpoint(const struct client *client, const struct exchange *exchange)
{
    for (size_t i = 0; exchange->is_foreign && i < client->n_endpoints; i++)
        if (url_same_origin(&client->endpoints[i].url, &exchange->url))
            return true;
    return false;
}

enum { CA_MAX = 8 * 1024 * 1024 };

static void dir_close(DIR **dir)
{
    if (*dir != NULL)
        (void)closedir(*dir); // only read from
}
#define AUTO_DIR __attribute__((cleanup(dir_close)))

// "4a6481c9.0": a certificate under the hash of its name (openssl-rehash(1)).
static bool is_hashed(const char *name)
{
    size_t n = strspn(name, "0123456789abcdef");
    return n == 8 && name[n] == '.' && isdigit((unsigned char)name[n + 1]);
}

void exchanges_prepare(struct client *client)
{
    const char *path = NULL;
    CURL *easy = take_easy(client);
    if (client->curl.easy_getinfo(easy, CURLINFO_CAPATH, &path) == CURLE_OK && path != NULL) {
        AUTO_DIR DIR *dir = opendir(path);
        const struct dirent *entry;
        while (dir != NULL && !client->has_hashed_cas && (entry = readdir(dir)) != NULL)
            client->has_hashed_cas = is_hashed(entry->d_name);
    }
    give_easy(client, easy);
}

// A blob replaces the system's bundle of CAs: it has to hold them, too, unless they are looked up.
static const char *ca_of(struct client *client, struct endpoint *endpoint, CURL *easy)
{
    if (endpoint->ca != NULL)
        return endpoint->ca;
    AUTO_BUF struct buf text;
    buf_init(&text, CA_MAX);
    buf_printf(&text, "%s\n", endpoint->asked->ca);
    const char *system = NULL;
    struct err ignored; // the endpoint's own may be all that is needed
    if (!client->has_hashed_cas &&
        client->curl.easy_getinfo(easy, CURLINFO_CAINFO, &system) == CURLE_OK && system != NULL)
        (void)file_read_at(AT_FDCWD, system, &text, &ignored);
    endpoint->ca = arena_strdup(&client->arena, buf_get(&text));
    return endpoint->ca;
}

struct setting {
    CURLoption option;
    long value;
};

static void set_blob(const struct client *client, CURL *easy, CURLoption option, const char *text)
{
    struct curl_blob blob = {(void *)text, strlen(text), CURL_BLOB_NOCOPY};
    (void)client->curl.easy_setopt(easy, option, &blob); // known to this libcurl (curl_load)
}

static void set_tls(struct client *client, struct exchange *exchange, CURL *easy)
{
    const struct transfer_endpoint *asked = exchange->endpoint->asked;
    const struct curl *curl = &client->curl;
    bool is_checked = exchange->is_foreign || !exchange->endpoint->is_insecure;
    (void)curl->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, (long)is_checked);
    (void)curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, is_checked ? 2L : 0L);
    // Reading the bundle of all CAs takes 15 ms; looking one up takes none.
    if (client->has_hashed_cas)
        (void)curl->easy_setopt(easy, CURLOPT_CAINFO, NULL);
    if (exchange->is_foreign)
        return;
    if (!text_is_empty(asked->ca))
        set_blob(client, easy, CURLOPT_CAINFO_BLOB, ca_of(client, exchange->endpoint, easy));
    if (!text_is_empty(asked->certificate) && !text_is_empty(asked->key)) {
        set_blob(client, easy, CURLOPT_SSLCERT_BLOB, asked->certificate);
        set_blob(client, easy, CURLOPT_SSLKEY_BLOB, asked->key);
    }
}

static void set_body(const struct curl *curl, struct exchange *exchange, CURL *easy)
{
    (void)curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, exchange->method);
    if (strcmp(exchange->method, "HEAD") == 0)
        (void)curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    if (!exchange->has_body)
        return;
    (void)curl->easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    (void)curl->easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)exchange->n);
    (void)curl->easy_setopt(easy, CURLOPT_READFUNCTION, on_upload);
    (void)curl->easy_setopt(easy, CURLOPT_READDATA, exchange);
    (void)curl->easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    (void)curl->easy_setopt(easy, CURLOPT_SEEKDATA, exchange);
    if (exchange->is_bulk)
        (void)curl->easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)BULK_BUFFER);
}

static void set_numbers(const struct client *client, const struct exchange *exchange, CURL *easy)
{
    uint32_t asked = client->session.patience_s;
    long patience_s = asked != 0 ? (long)asked : DEFAULT_PATIENCE_S;
    long connect_ms = patience_s * 1000 < CONNECT_MAX_MS ? patience_s * 1000 : CONNECT_MAX_MS;
    const struct setting settings[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_PATH_AS_IS, 1},
        {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
        {CURLOPT_BUFFERSIZE, exchange->is_bulk ? BULK_BUFFER : SMALL_BUFFER},
        {CURLOPT_HTTP_VERSION, exchange->is_bulk ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS},
        {CURLOPT_CONNECTTIMEOUT_MS, connect_ms},
        {CURLOPT_LOW_SPEED_LIMIT, SLOWEST_BYTES_PER_S},
        {CURLOPT_LOW_SPEED_TIME, patience_s * (exchange->has_body ? UPLOAD_PATIENCE : 1)},
        {CURLOPT_FRESH_CONNECT, is_of_another_endpoint(client, exchange)},
        {CURLOPT_TCP_KEEPALIVE, 1},
        {CURLOPT_HTTP_TRANSFER_DECODING, 1},
        {CURLOPT_HTTP_CONTENT_DECODING, 0},
    };
    for (size_t i = 0; i < N_ELEMENTS(settings); i++)
        (void)client->curl.easy_setopt(easy, settings[i].option, settings[i].value);
}

static void set_up(struct client *client, struct exchange *exchange, CURL *easy,
                   struct curl_slist *lines, char words[CURL_ERROR_SIZE])
{
    const struct curl *curl = &client->curl;
    const char *proxy = proxy_of(client, &exchange->url);
    const char *agent = client->session.user_agent;
    exchange->is_proxied = *proxy != '\0';
    (void)curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, words);
    (void)curl->easy_setopt(easy, CURLOPT_PRIVATE, exchange);
    (void)curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl->easy_setopt(easy, CURLOPT_URL, url_text(exchange->arena, &exchange->url));
    (void)curl->easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
    (void)curl->easy_setopt(easy, CURLOPT_USERAGENT, text_is_empty(agent) ? "dhow" : agent);
    (void)curl->easy_setopt(easy, CURLOPT_PROXY, proxy); // "": none, whatever the environment says
    (void)curl->easy_setopt(easy, CURLOPT_NOPROXY, "");
    (void)curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl->easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    (void)curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl->easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    (void)curl->easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    (void)curl->easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange);
    set_numbers(client, exchange, easy);
    set_body(curl, exchange, easy);
    if (exchange->url.is_tls)
        set_tls(client, exchange, easy);
}

static const struct {
    CURLcode code;
    enum trouble trouble;
} troubles[] = {
    {CURLE_COULDNT_RESOLVE_HOST, TROUBLE_CONNECT},
    {CURLE_COULDNT_RESOLVE_PROXY, TROUBLE_CONNECT},
    {CURLE_COULDNT_CONNECT, TROUBLE_CONNECT},
    {CURLE_SSL_CONNECT_ERROR, TROUBLE_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, TROUBLE_FATAL},
    {CURLE_SSL_CERTPROBLEM, TROUBLE_FATAL},
    {CURLE_SSL_CACERT_BADFILE, TROUBLE_FATAL},
    {CURLE_UNSUPPORTED_PROTOCOL, TROUBLE_FATAL},
    {CURLE_URL_MALFORMAT, TROUBLE_FATAL},
    {CURLE_OUT_OF_MEMORY, TROUBLE_FATAL},
};

// What libcurl says, in docker's words where clients know them.
static int fail_transport(struct exchange *exchange, const char *words, struct err *err)
{
    const char *where = url_shown(exchange->arena, &exchange->url);
    char method[16] = "";
    for (size_t i = 0; i + 1 < sizeof method && exchange->method[i] != '\0'; i++)
        method[i] = (char)(i == 0 ? exchange->method[i] : exchange->method[i] | ' ');
    if (exchange->is_refused)
        return fail(err, ERR_DENIED,
                    "%s sends us to %s, an address that is nearer to this machine than itself: "
                    "refused",
                    exchange->endpoint->name, where);
    if (exchange->trouble == TROUBLE_PLAIN)
        return fail(err, ERR_UNAVAILABLE,
                    "%s \"%s\": http: server gave HTTP response to HTTPS client", method, where);
    enum err_kind kind = exchange->trouble == TROUBLE_FATAL ? ERR_DENIED : ERR_UNAVAILABLE;
    return fail(err, kind, "%s \"%s\": %s", method, where,
                *words != '\0' ? words : exchange->client->curl.easy_strerror(exchange->code));
}

static int judge(struct exchange *exchange, const char *words, struct err *err)
{
    if (exchange->is_taken_badly)
        return -1; // the call-back has said all
    exchange->trouble = TROUBLE_NONE;
    if (exchange->code == CURLE_OK && exchange->has_head)
        return 0;
    // libcurl takes a line that is cut within the headers for an answer without a body.
    if (exchange->code == CURLE_OK)
        exchange->code = CURLE_GOT_NOTHING;
    exchange->trouble = exchange->is_refused ? TROUBLE_FATAL : TROUBLE_LINE;
    for (size_t i = 0; i < N_ELEMENTS(troubles) && !exchange->is_refused; i++)
        if (troubles[i].code == exchange->code)
            exchange->trouble = troubles[i].trouble;
    if (exchange->trouble == TROUBLE_TLS &&
        (strstr(words, "wrong version number") != NULL || strstr(words, "packet length") != NULL))
        exchange->trouble = TROUBLE_PLAIN;
    return fail_transport(exchange, words, err);
}

static struct curl_slist *header_lines(const struct client *client, const struct exchange *exchange)
{
    // Without these, libcurl adds lines of its own.
    struct curl_slist *lines = client->curl.slist_append(NULL, "Expect:");
    for (size_t i = 0; i < exchange->n_headers; i++)
        lines = client->curl.slist_append(lines, exchange->headers[i]);
    return lines;
}

int exchange_run(struct client *client, struct exchange *exchange, struct err *err)
{
    char words[CURL_ERROR_SIZE] = "";
    CURL *easy = take_easy(client);
    struct curl_slist *lines = header_lines(client, exchange);
    exchange->client = client;
    exchange->fiber = client->fibers.current;
    exchange->err = err;
    exchange->answer = (struct answer){.length = UINT64_MAX};
    exchange->sent_n = exchange->header_bytes = 0;
    exchange->is_over = exchange->is_refused = exchange->is_taken_badly = exchange->has_head =
        false;
    exchange->trouble = TROUBLE_FATAL;
    if (exchange->text != NULL)
        buf_clear(exchange->text);
    set_up(client, exchange, easy, lines, words);
    CURLMcode added = client->curl.multi_add_handle(client->multi, easy);
    while (added == CURLM_OK && !exchange->is_over)
        (void)fiber_pause(&client->fibers, INT64_MAX);
    if (added == CURLM_OK)
        (void)client->curl.multi_remove_handle(client->multi, easy); // it is there
    give_easy(client, easy);
    client->curl.slist_free_all(lines);
    if (added != CURLM_OK)
        return fail(err, ERR_SYSTEM, "libcurl: %s", client->curl.multi_strerror(added));
    return judge(exchange, words, err);
}

void exchanges_finish(struct client *client)
{
    int n_left;
    for (const CURLMsg *message;
         (message = client->curl.multi_info_read(client->multi, &n_left)) != NULL;) {
        struct exchange *exchange = NULL;
        if (message->msg != CURLMSG_DONE ||
            client->curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange) !=
                CURLE_OK)
            continue;
        exchange->code = message->data.result;
        exchange->is_over = true;
        fiber_wake(exchange->fiber);
    }
}
