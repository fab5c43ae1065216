// SPDX-License-Identifier: Apache-2.0
// user.c — the grammar of USER[:GROUP], and the two files read line by line.
//
// Nothing here asks the C library's name services: they would load code and read configuration from
// wherever they find it (S-8), and a static program has none.
#include "linux/user.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"

#include <string.h>
#include <sys/stat.h>

// One half of USER[:GROUP], read once: everything after this looks at the kind, never at the text
// again (S-11).
struct who {
    enum { WHO_NOBODY, WHO_NUMBER, WHO_NAME } kind;
    uint32_t id;
    struct str name;
};

struct passwd_line {
    struct str name, home;
    uint32_t uid, gid;
};
struct group_line {
    struct str name, members;
    uint32_t gid;
};

static int who_parse(struct str text, const char *what, struct who *out, struct err *err);
static int read_limited(int fd, const char *name, struct buf *out, struct err *err);
static bool passwd_find(struct str file, const struct who *user, struct passwd_line *out);
static int find_group(const struct who *group, struct str file, uint32_t *out, struct err *err);
static int add_memberships(struct user *user, struct str file, struct str name, struct err *err);

// What the passwd file says about the user, or the number alone.
static int find_user(const struct who *who, struct str file, struct passwd_line *out,
                     struct err *err)
{
    const struct who root = {.kind = WHO_NUMBER, .id = 0};
    const struct who *wanted = who->kind == WHO_NOBODY ? &root : who;
    if (passwd_find(file, wanted, out))
        return 0;
    if (wanted->kind == WHO_NAME)
        return fail(err, ERR_NOT_FOUND,
                    "unable to find user %.*s: no matching entries in passwd file",
                    (int)who->name.n, who->name.at);
    *out = (struct passwd_line){.uid = wanted->id};
    return 0;
}

static void add_group(struct user *user, uint32_t gid)
{
    user->groups = xreallocarray(user->groups, user->n_groups + 1, sizeof *user->groups);
    user->groups[user->n_groups++] = gid;
}

// `group` is what the caller asked for explicitly; then the user's memberships do not count.
static int fill(struct user *user, const struct passwd_line *line, const struct who *group,
                struct str group_file, struct err *err)
{
    user->uid = line->uid;
    user->gid = line->gid;
    if (group->kind != WHO_NOBODY && find_group(group, group_file, &user->gid, err) < 0)
        return -1;
    add_group(user, user->gid);
    if (group->kind == WHO_NOBODY && line->name.n != 0 &&
        add_memberships(user, group_file, line->name, err) < 0)
        return -1;
    if (line->name.n != 0)
        user->name = xstrndup(line->name.at, line->name.n);
    user->home = line->home.n != 0 ? xstrndup(line->home.at, line->home.n) : xstrdup("/");
    return 0;
}

int user_resolve(const char *spec, int passwd, int group, struct user *out, struct err *err)
{
    struct str rest = str_of(spec);
    struct who who = {}, group_who = {};
    if (who_parse(str_cut(&rest, ':'), "user", &who, err) < 0 ||
        who_parse(rest, "group", &group_who, err) < 0)
        return -1;
    AUTO_BUF struct buf passwd_text = {}, group_text = {};
    buf_init(&passwd_text, USER_FILE_MAX);
    buf_init(&group_text, USER_FILE_MAX);
    struct passwd_line line = {};
    if (read_limited(passwd, "the container's /etc/passwd", &passwd_text, err) < 0 ||
        read_limited(group, "the container's /etc/group", &group_text, err) < 0 ||
        find_user(&who, (struct str){passwd_text.at, passwd_text.n}, &line, err) < 0)
        return -1;
    struct user user = {};
    if (fill(&user, &line, &group_who, (struct str){group_text.at, group_text.n}, err) < 0) {
        user_done(&user);
        return -1;
    }
    *out = user;
    return 0;
}

void user_done(struct user *user)
{
    if (user == NULL)
        return;
    free(user->groups);
    free(user->name);
    free(user->home);
    *user = (struct user){};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(struct str text)
{
    if (text.n == 0 || text.n > USER_NAME_MAX || !is_letter(text.at[0]))
        return false;
    for (size_t i = 1; i < text.n; i++) {
        if (!is_letter(text.at[i]) && !is_digit(text.at[i]) && strchr(".-@+$", text.at[i]) == NULL)
            return false;
    }
    return memchr(text.at, '\0', text.n) == NULL;
}

// An id as it stands in USER and in the files: 4294967295 is "no change" to the kernel, and "010"
// means eight to some readers and ten to others.
static bool id_parse(struct str text, uint32_t *out)
{
    uint32_t id;
    if ((text.n > 1 && text.at[0] == '0') || !str_to_u32(text, &id) || id > USER_ID_MAX)
        return false;
    *out = id;
    return true;
}

static int who_parse(struct str text, const char *what, struct who *out, struct err *err)
{
    if (text.n == 0) {
        *out = (struct who){.kind = WHO_NOBODY};
        return 0;
    }
    if (is_name(text)) {
        *out = (struct who){.kind = WHO_NAME, .name = text};
        return 0;
    }
    uint32_t id;
    if (!id_parse(text, &id))
        return fail(
            err, ERR_INVALID,
            "invalid %s \"%.*s\": neither a number from 0 to %u without leading zeros nor a "
            "name",
            what, (int)(text.n < USER_NAME_MAX ? text.n : USER_NAME_MAX), text.at,
            (unsigned)USER_ID_MAX);
    *out = (struct who){.kind = WHO_NUMBER, .id = id};
    return 0;
}

// The image may have put a device, a fifo or a giant there (CVE-2024-9676): regular files within
// the limit only.
static int read_limited(int fd, const char *name, struct buf *out, struct err *err)
{
    if (fd < 0)
        return 0;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return fail_sys(err, "stat %s", name);
    if (!S_ISREG(st.st_mode))
        return fail(err, ERR_INVALID, "%s is not a regular file", name);
    return file_read_fd(fd, name, out, err);
}

// The next line that is not too long; false at the end.
static bool next_line(struct str *file, struct str *out)
{
    while (file->n != 0) {
        *out = str_cut(file, '\n');
        if (out->n <= USER_LINE_MAX && out->n != 0)
            return true;
    }
    return false;
}

// name:password:uid:gid:comment:home:shell
static bool passwd_line_parse(struct str text, struct passwd_line *out)
{
    struct str name = str_cut(&text, ':');
    (void)str_cut(&text, ':');
    struct str uid = str_cut(&text, ':'), gid = str_cut(&text, ':');
    (void)str_cut(&text, ':');
    struct str home = str_cut(&text, ':');
    if (!is_name(name) || !id_parse(uid, &out->uid) || !id_parse(gid, &out->gid))
        return false;
    bool is_path = home.n != 0 && home.at[0] == '/' && memchr(home.at, '\0', home.n) == NULL;
    out->name = name;
    out->home = is_path ? home : STR("/");
    return true;
}

// The first line counts, as everywhere.
static bool passwd_find(struct str file, const struct who *user, struct passwd_line *out)
{
    struct str text;
    while (next_line(&file, &text)) {
        struct passwd_line line = {};
        if (!passwd_line_parse(text, &line))
            continue;
        bool is_it =
            user->kind == WHO_NUMBER ? line.uid == user->id : str_equal(line.name, user->name);
        if (!is_it)
            continue;
        *out = line;
        return true;
    }
    return false;
}

// name:password:gid:member,member
static bool group_line_parse(struct str text, struct group_line *out)
{
    struct str name = str_cut(&text, ':');
    (void)str_cut(&text, ':');
    struct str gid = str_cut(&text, ':');
    if (!is_name(name) || !id_parse(gid, &out->gid))
        return false;
    out->name = name;
    out->members = str_cut(&text, ':');
    return true;
}

static int find_group(const struct who *group, struct str file, uint32_t *out, struct err *err)
{
    if (group->kind == WHO_NUMBER) {
        *out = group->id;
        return 0;
    }
    struct str text;
    while (next_line(&file, &text)) {
        struct group_line line;
        if (!group_line_parse(text, &line) || !str_equal(line.name, group->name))
            continue;
        *out = line.gid;
        return 0;
    }
    return fail(err, ERR_NOT_FOUND, "unable to find group %.*s: no matching entries in group file",
                (int)group->name.n, group->name.at);
}

static bool has_member(struct str members, struct str name)
{
    while (members.n != 0) {
        if (str_equal(str_cut(&members, ','), name))
            return true;
    }
    return false;
}

static int add_memberships(struct user *user, struct str file, struct str name, struct err *err)
{
    struct str text;
    while (next_line(&file, &text)) {
        struct group_line line;
        if (!group_line_parse(text, &line) || line.gid == user->gid ||
            !has_member(line.members, name))
            continue;
        if (user->n_groups == USER_GROUPS_MAX)
            return fail(err, ERR_INVALID, "user %.*s is in more than %d groups", (int)name.n,
                        name.at, USER_GROUPS_MAX);
        add_group(user, line.gid);
    }
    return 0;
}
