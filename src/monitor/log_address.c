// SPDX-License-Identifier: Apache-2.0
// log_address.c — SCHEME://HOST:PORT and SCHEME://PATH of log options.
//
// Names are looked up in /etc/hosts only: this program is static and has no resolver.
#include "monitor/log_address.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { HOSTS_MAX = 1024 * 1024, HOST_ROOM = 256 };

static const struct driver_address {
    const char *option, *usual, *schemes; // "" usual: must be given
    uint16_t port;
} addresses[LOG_DRIVERS] = {
    [LOG_SYSLOG] = {"syslog-address", "unixgram:///dev/log", "tcp udp unix unixgram", 514},
    [LOG_JOURNALD] = {NULL, "unixgram:///run/systemd/journal/socket", "unixgram", 0},
    [LOG_GELF] = {"gelf-address", "", "tcp udp", 12201},
    [LOG_FLUENTD] = {"fluentd-address", "tcp://127.0.0.1:24224", "tcp unix", 24224},
};

static bool is_scheme(const char *schemes, struct str scheme)
{
    struct str rest = str_of(schemes);
    while (rest.n != 0) {
        if (str_equal(str_cut(&rest, ' '), scheme))
            return true;
    }
    return false;
}

static bool read_literal(const char *host, uint16_t port, struct log_address *out)
{
    struct sockaddr_in *four = (struct sockaddr_in *)&out->at.room;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&out->at.room;
    if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        out->n = sizeof *four;
        return true;
    }
    if (inet_pton(AF_INET6, host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        out->n = sizeof *six;
        return true;
    }
    return false;
}

static bool line_names(struct str line, const char *host)
{
    while (line.n != 0) {
        struct str word = str_cut(&line, ' ');
        if (str_is(word, host))
            return true;
    }
    return false;
}

static bool look_up(const char *host, uint16_t port, struct log_address *out)
{
    AUTO_BUF struct buf text;
    struct err ignored; // then nothing is found
    buf_init(&text, HOSTS_MAX);
    if (file_read_at(AT_FDCWD, "/etc/hosts", &text, &ignored) < 0 || text.n == 0)
        return strcmp(host, "localhost") == 0 && read_literal("127.0.0.1", port, out);
    for (size_t i = 0; i < text.n; i++) {
        if (text.at[i] == '\t')
            text.at[i] = ' ';
    }
    struct str rest = {text.at, text.n};
    while (rest.n != 0) {
        struct str line = str_cut(&rest, '\n');
        line = str_cut(&line, '#');
        struct str address = str_cut(&line, ' ');
        char literal[INET6_ADDRSTRLEN];
        if (!line_names(line, host) || address.n >= sizeof literal)
            continue;
        memcpy(literal, address.at, address.n);
        literal[address.n] = '\0';
        if (read_literal(literal, port, out))
            return true;
    }
    return false;
}

// "host", "host:port", "[::1]:port".
static int read_host(const struct driver_address *driver, const char *text, struct str rest,
                     struct log_address *out, struct err *err)
{
    struct str host = rest, port = {};
    if (rest.n != 0 && rest.at[0] == '[') {
        host = (struct str){rest.at + 1, rest.n - 1};
        host = str_cut(&host, ']');
        port = (struct str){host.at + host.n + 1, (size_t)(rest.at + rest.n - host.at - host.n)};
        port.n = port.n > 0 ? port.n - 1 : 0;
        if (port.n != 0 && port.at[0] == ':')
            port = (struct str){port.at + 1, port.n - 1};
    } else if (memchr(rest.at, ':', rest.n) != NULL) {
        port = rest;
        host = str_cut(&port, ':');
    }
    uint32_t number = driver->port;
    char name[HOST_ROOM];
    if (host.n == 0 || host.n >= sizeof name ||
        (port.n != 0 && (!str_to_u32(port, &number) || number == 0 || number > UINT16_MAX)))
        return fail(err, ERR_INVALID, "%s should be in form proto://address, got %s",
                    driver->option, text);
    memcpy(name, host.at, host.n);
    name[host.n] = '\0';
    if (!read_literal(name, (uint16_t)number, out) && !look_up(name, (uint16_t)number, out))
        return fail(err, ERR_INVALID,
                    "%s %s: there is no host '%s' in /etc/hosts; give its address as a number",
                    driver->option, text, name);
    return 0;
}

static int read_path(const struct driver_address *driver, const char *text, struct str path,
                     struct log_address *out, struct err *err)
{
    struct sockaddr_un *local = (struct sockaddr_un *)&out->at.room;
    if (path.n == 0 || path.at[0] != '/' || path.n >= sizeof local->sun_path)
        return fail(err, ERR_INVALID, "%s should be in form unix:///path, got %s",
                    driver->option != NULL ? driver->option : "the address", text);
    local->sun_family = AF_UNIX;
    memcpy(local->sun_path, path.at, path.n);
    out->n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.n + 1);
    return 0;
}

int log_address_read(const struct log_settings *settings, struct log_address *out, struct err *err)
{
    const struct driver_address *driver = &addresses[settings->driver];
    const char *text =
        driver->option != NULL ? log_settings_option(settings, driver->option) : NULL;
    if (text_is_empty(text))
        text = driver->usual;
    if (*text == '\0')
        return fail(err, ERR_INVALID, "%s is a required parameter", driver->option);
    const char *behind = strstr(text, "://");
    struct str scheme = {text, behind != NULL ? (size_t)(behind - text) : 0};
    if (behind == NULL && settings->driver == LOG_FLUENTD) { // docker takes host:port there
        scheme = STR("tcp");
        behind = text - 3;
    }
    if (behind == NULL || !is_scheme(driver->schemes, scheme))
        return fail(err, ERR_INVALID, "%s %s: it is one of %s, and ://", driver->option, text,
                    driver->schemes);
    struct log_address address = {};
    bool is_stream = str_is(scheme, "tcp") || str_is(scheme, "unix");
    address.type = is_stream ? SOCK_STREAM : SOCK_DGRAM;
    address.may_be_stream = str_is(scheme, "unixgram") && settings->driver == LOG_SYSLOG;
    bool is_path = str_starts(scheme, "unix");
    int done = is_path ? read_path(driver, text, str_of(behind + 3), &address, err)
                       : read_host(driver, text, str_of(behind + 3), &address, err);
    if (done < 0)
        return -1;
    *out = address;
    return 0;
}

int log_facility(const char *name)
{
    static const char *const names[] = {
        "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
        "uucp",   "cron",   "authpriv", "ftp",    "",       "",       "",       "",
        "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
    uint32_t number;
    if (text_is_empty(name))
        return 3; // daemon, as docker
    if (str_to_u32(str_of(name), &number))
        return number < N_ELEMENTS(names) ? (int)number : -1;
    for (size_t i = 0; i < N_ELEMENTS(names); i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

static int check_syslog(const struct log_settings *settings, struct err *err)
{
    static const char *const formats[] = {"rfc3164", "rfc5424", "rfc5424micro"};
    const char *facility = log_settings_option(settings, "syslog-facility");
    const char *format = log_settings_option(settings, "syslog-format");
    const char *address = log_settings_option(settings, "syslog-address");
    bool is_known = text_is_empty(format);
    for (size_t i = 0; i < N_ELEMENTS(formats); i++)
        is_known |= text_equal(format, formats[i]);
    if (log_facility(facility) < 0)
        return fail(err, ERR_INVALID, "invalid syslog facility");
    if (!is_known)
        return fail(err, ERR_INVALID, "invalid syslog format");
    if (address != NULL && text_starts(address, "tcp+tls:"))
        return fail(err, ERR_INVALID,
                    "syslog-address %s: TLS is not supported; a local syslog can forward to there",
                    address);
    return 0;
}

int log_address_check(const struct log_settings *settings, struct err *err)
{
    const char *compression = log_settings_option(settings, "gelf-compression-type");
    struct log_address address;
    if (addresses[settings->driver].schemes == NULL)
        return 0;
    if (settings->driver == LOG_SYSLOG && check_syslog(settings, err) < 0)
        return -1;
    if (compression != NULL && strcmp(compression, "none") != 0)
        return fail(err, ERR_INVALID,
                    "gelf: gelf-compression-type %s is not supported: messages are sent as they "
                    "are (none)",
                    compression);
    if (log_address_read(settings, &address, err) < 0)
        return -1;
    bool is_path = address.at.any.sa_family == AF_UNIX;
    const char *path = ((const struct sockaddr_un *)&address.at.room)->sun_path;
    if (is_path && faccessat(AT_FDCWD, path, F_OK, 0) < 0)
        return fail_sys(err, "log driver %s: find %s", log_driver_name(settings->driver), path);
    return 0;
}
