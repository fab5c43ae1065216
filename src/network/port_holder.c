// SPDX-License-Identifier: Apache-2.0
// port_holder.c — who has a port of this host: the socket by /proc/net, its process by /proc/*/fd.
#include "base/file.h"
#include "base/mem.h"
#include "network/ports.h"

#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 512,
    LINES_MAX = 200'000,
    LISTENING = 0x0A, // TCP_LISTEN; a bound socket that does not listen is in no list
    COLUMNS = 10,
    INODE_COLUMN = 9, // sl local remote st queues timer retransmits uid timeout inode
    NAME_MAX_BYTES = 32,
};

// The columns of a line, which blanks separate.
static size_t split(char *line, char *columns[COLUMNS])
{
    size_t n = 0;
    for (char *at = line; n < COLUMNS && *at != '\0';) {
        at += strspn(at, " \t\n");
        if (*at == '\0')
            break;
        columns[n++] = at;
        at += strcspn(at, " \t\n");
        if (*at != '\0')
            *at++ = '\0';
    }
    return n;
}

// "0100007F:1F90": words of 32 bits in the host's order.
static bool matches(const char *text, const struct ip *host, uint16_t port)
{
    const char *colon = strchr(text, ':');
    if (colon == NULL || strtoul(colon + 1, NULL, 16) != port)
        return false;
    bool is_any = strspn(text, "0") >= (size_t)(colon - text);
    if (is_any || ip_is_unspecified(host))
        return true;
    char wanted[2 * sizeof host->bytes + 1] = "";
    for (size_t i = 0; i < ip_size(host); i += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, host->bytes + i, sizeof word);
        (void)snprintf(wanted + 2 * i, 9, "%08X", word); // it fits
    }
    return strncmp(wanted, text, strlen(wanted)) == 0;
}

// The inode of the socket that has it; 0: none is seen.
static uint64_t find_inode(const char *path, bool is_tcp, const struct ip *host, uint16_t port)
{
    FILE *file = fopen(path, "re");
    char line[LINE_MAX_BYTES];
    uint64_t inode = 0;
    if (file == NULL)
        return 0;
    for (int i = 0; i < LINES_MAX && inode == 0 && fgets(line, sizeof line, file) != NULL; i++) {
        char *columns[COLUMNS];
        if (split(line, columns) < COLUMNS || !matches(columns[1], host, port) ||
            (is_tcp && strtoul(columns[3], NULL, 16) != LISTENING) ||
            !str_to_u64(str_of(columns[INODE_COLUMN]), &inode))
            inode = 0;
    }
    (void)fclose(file); // only read
    return inode;
}

static bool has_socket(int proc, const char *pid, const char *wanted)
{
    AUTO_FREE char *path = str_printf("%s/fd", pid);
    AUTO_FD int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    bool found = false;
    if (dir == NULL)
        return false;
    (void)TAKE_FD(fd); // dir's now
    for (struct dirent *entry; !found && (entry = readdir(dir)) != NULL;) {
        char target[64];
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
        if (n > 0) {
            target[n] = '\0';
            found = strcmp(target, wanted) == 0;
        }
    }
    (void)closedir(dir);
    return found;
}

static const char *describe(struct arena *arena, int proc, const char *pid)
{
    AUTO_BUF struct buf name;
    struct err ignored; // it ended meanwhile
    buf_init(&name, NAME_MAX_BYTES);
    AUTO_FREE char *path = str_printf("%s/comm", pid);
    (void)file_read_at(proc, path, &name, &ignored);
    struct str text = str_trim((struct str){buf_get(&name), name.n});
    return arena_printf(arena, "%.*s (process %s)", (int)text.n, text.at, pid);
}

static const char *find_process(struct arena *arena, uint64_t inode)
{
    DIR *dir = opendir("/proc");
    const char *found = "";
    if (dir == NULL)
        return "";
    AUTO_FREE char *wanted = str_printf("socket:[%ju]", (uintmax_t)inode);
    for (struct dirent *entry; *found == '\0' && (entry = readdir(dir)) != NULL;) {
        bool is_process = entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
        if (is_process && has_socket(dirfd(dir), entry->d_name, wanted))
            found = describe(arena, dirfd(dir), entry->d_name);
    }
    (void)closedir(dir);
    return found;
}

const char *port_holder(struct arena *arena, uint8_t protocol, const struct ip *host, uint16_t port)
{
    // A socket of :: may have the IPv4 port, too.
    static const char *const endings[] = {"", "6"};
    uint64_t inode = 0;
    if (protocol == IPPROTO_SCTP)
        return "";
    for (size_t i = 0; i < N_ELEMENTS(endings) && inode == 0; i++) {
        AUTO_FREE char *path = str_printf("/proc/net/%s%s", protocol_name(protocol), endings[i]);
        struct ip any = {.family = AF_INET6};
        bool is_other = i == (host->family == AF_INET6 ? 0 : 1);
        inode = find_inode(path, protocol == IPPROTO_TCP, is_other ? &any : host, port);
    }
    return inode == 0 ? "" : find_process(arena, inode);
}
