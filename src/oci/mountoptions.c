// SPDX-License-Identifier: Apache-2.0
// mountoptions.c — one table of mount option words, and the sorting by it.
//
// The words are those of the runtime specification (config.md, "Linux mount options") and what runc
// and crun take beyond it. Attributes exist twice, with and without the `r` that means recursive.
// Superblock flags have no recursive form in the kernel; crun takes rsync and its kin, which mean
// the plain ones.
#include "oci/mountoptions.h"

#include "base/mem.h"
#include "base/str.h"

#include <linux/mount.h>
#include <string.h>

enum word_kind {
    WORD_NOTHING,
    WORD_ATTR,
    WORD_ATIME, // one of the access time modes, which share a field
    WORD_SUPER,
    WORD_PROPAGATION,
    WORD_BIND,
    WORD_REMOUNT,
    WORD_COPY_UP,
    WORD_COPY_SYMLINK,
    WORD_SOURCE_NOFOLLOW,
    WORD_DESTINATION_NOFOLLOW,
    WORD_IDMAP, // may have a value
};
enum word_how {
    SET = 0,
    CLEAR = 1 << 0,
    RECURSIVE = 1 << 1,
};
struct word {
    const char *name;
    uint8_t kind, how;
    uint32_t value;
};

// Sorted: mount_option_name_get promises it and find() relies on it.
// clang-format off
static const struct word words[] = {
    {"acl",            WORD_SUPER,       SET,               MOUNT_SUPER_ACL},
    {"async",          WORD_SUPER,       CLEAR,             MOUNT_SUPER_SYNC},
    {"atime",          WORD_ATIME,       CLEAR,             MOUNT_ATTR_NOATIME},
    {"bind",           WORD_BIND,        SET,               0},
    {"copy-symlink",   WORD_COPY_SYMLINK, SET,              0},
    {"defaults",       WORD_NOTHING,     SET,               0},
    {"dest-nofollow",  WORD_DESTINATION_NOFOLLOW, SET,      0},
    {"dev",            WORD_ATTR,        CLEAR,             MOUNT_ATTR_NODEV},
    {"diratime",       WORD_ATTR,        CLEAR,             MOUNT_ATTR_NODIRATIME},
    {"dirsync",        WORD_SUPER,       SET,               MOUNT_SUPER_DIRSYNC},
    {"exec",           WORD_ATTR,        CLEAR,             MOUNT_ATTR_NOEXEC},
    {"idmap",          WORD_IDMAP,       SET,               MOUNT_IDMAP_PLAIN},
    {"iversion",       WORD_SUPER,       SET,               MOUNT_SUPER_IVERSION},
    {"lazytime",       WORD_SUPER,       SET,               MOUNT_SUPER_LAZYTIME},
    {"loud",           WORD_SUPER,       CLEAR,             MOUNT_SUPER_SILENT},
    {"mand",           WORD_SUPER,       SET,               MOUNT_SUPER_MAND},
    {"noacl",          WORD_SUPER,       CLEAR,             MOUNT_SUPER_ACL},
    {"noatime",        WORD_ATIME,       SET,               MOUNT_ATTR_NOATIME},
    {"nodev",          WORD_ATTR,        SET,               MOUNT_ATTR_NODEV},
    {"nodiratime",     WORD_ATTR,        SET,               MOUNT_ATTR_NODIRATIME},
    {"noexec",         WORD_ATTR,        SET,               MOUNT_ATTR_NOEXEC},
    {"noiversion",     WORD_SUPER,       CLEAR,             MOUNT_SUPER_IVERSION},
    {"nolazytime",     WORD_SUPER,       CLEAR,             MOUNT_SUPER_LAZYTIME},
    {"nomand",         WORD_SUPER,       CLEAR,             MOUNT_SUPER_MAND},
    {"norelatime",     WORD_ATIME,       CLEAR,             MOUNT_ATTR_RELATIME},
    {"nostrictatime",  WORD_ATIME,       CLEAR,             MOUNT_ATTR_STRICTATIME},
    {"nosuid",         WORD_ATTR,        SET,               MOUNT_ATTR_NOSUID},
    {"nosymfollow",    WORD_ATTR,        SET,               MOUNT_ATTR_NOSYMFOLLOW},
    {"private",        WORD_PROPAGATION, SET,               MS_PRIVATE},
    {"rasync",         WORD_SUPER,       CLEAR | RECURSIVE, MOUNT_SUPER_SYNC},
    {"ratime",         WORD_ATIME,       CLEAR | RECURSIVE, MOUNT_ATTR_NOATIME},
    {"rbind",          WORD_BIND,        RECURSIVE,         0},
    {"rdev",           WORD_ATTR,        CLEAR | RECURSIVE, MOUNT_ATTR_NODEV},
    {"rdiratime",      WORD_ATTR,        CLEAR | RECURSIVE, MOUNT_ATTR_NODIRATIME},
    {"rdirsync",       WORD_SUPER,       RECURSIVE,         MOUNT_SUPER_DIRSYNC},
    {"relatime",       WORD_ATIME,       SET,               MOUNT_ATTR_RELATIME},
    {"remount",        WORD_REMOUNT,     SET,               0},
    {"rexec",          WORD_ATTR,        CLEAR | RECURSIVE, MOUNT_ATTR_NOEXEC},
    {"ridmap",         WORD_IDMAP,       RECURSIVE,         MOUNT_IDMAP_RECURSIVE},
    {"rmand",          WORD_SUPER,       RECURSIVE,         MOUNT_SUPER_MAND},
    {"rnoatime",       WORD_ATIME,       RECURSIVE,         MOUNT_ATTR_NOATIME},
    {"rnodev",         WORD_ATTR,        RECURSIVE,         MOUNT_ATTR_NODEV},
    {"rnodiratime",    WORD_ATTR,        RECURSIVE,         MOUNT_ATTR_NODIRATIME},
    {"rnoexec",        WORD_ATTR,        RECURSIVE,         MOUNT_ATTR_NOEXEC},
    {"rnomand",        WORD_SUPER,       CLEAR | RECURSIVE, MOUNT_SUPER_MAND},
    {"rnorelatime",    WORD_ATIME,       CLEAR | RECURSIVE, MOUNT_ATTR_RELATIME},
    {"rnostrictatime", WORD_ATIME,       CLEAR | RECURSIVE, MOUNT_ATTR_STRICTATIME},
    {"rnosuid",        WORD_ATTR,        RECURSIVE,         MOUNT_ATTR_NOSUID},
    {"rnosymfollow",   WORD_ATTR,        RECURSIVE,         MOUNT_ATTR_NOSYMFOLLOW},
    {"ro",             WORD_ATTR,        SET,               MOUNT_ATTR_RDONLY},
    {"rprivate",       WORD_PROPAGATION, RECURSIVE,         MS_PRIVATE},
    {"rrelatime",      WORD_ATIME,       RECURSIVE,         MOUNT_ATTR_RELATIME},
    {"rro",            WORD_ATTR,        RECURSIVE,         MOUNT_ATTR_RDONLY},
    {"rrw",            WORD_ATTR,        CLEAR | RECURSIVE, MOUNT_ATTR_RDONLY},
    {"rshared",        WORD_PROPAGATION, RECURSIVE,         MS_SHARED},
    {"rslave",         WORD_PROPAGATION, RECURSIVE,         MS_SLAVE},
    {"rstrictatime",   WORD_ATIME,       RECURSIVE,         MOUNT_ATTR_STRICTATIME},
    {"rsuid",          WORD_ATTR,        CLEAR | RECURSIVE, MOUNT_ATTR_NOSUID},
    {"rsymfollow",     WORD_ATTR,        CLEAR | RECURSIVE, MOUNT_ATTR_NOSYMFOLLOW},
    {"rsync",          WORD_SUPER,       RECURSIVE,         MOUNT_SUPER_SYNC},
    {"runbindable",    WORD_PROPAGATION, RECURSIVE,         MS_UNBINDABLE},
    {"rw",             WORD_ATTR,        CLEAR,             MOUNT_ATTR_RDONLY},
    {"shared",         WORD_PROPAGATION, SET,               MS_SHARED},
    {"silent",         WORD_SUPER,       SET,               MOUNT_SUPER_SILENT},
    {"slave",          WORD_PROPAGATION, SET,               MS_SLAVE},
    {"src-nofollow",   WORD_SOURCE_NOFOLLOW, SET,           0},
    {"strictatime",    WORD_ATIME,       SET,               MOUNT_ATTR_STRICTATIME},
    {"suid",           WORD_ATTR,        CLEAR,             MOUNT_ATTR_NOSUID},
    {"symfollow",      WORD_ATTR,        CLEAR,             MOUNT_ATTR_NOSYMFOLLOW},
    {"sync",           WORD_SUPER,       SET,               MOUNT_SUPER_SYNC},
    {"tmpcopyup",      WORD_COPY_UP,     SET,               0},
    {"unbindable",     WORD_PROPAGATION, SET,               MS_UNBINDABLE},
};
// What vfs_parse_sb_flag() (fs/fs_context.c) knows, so that no filesystem refuses it.
static const struct {
    unsigned flag;
    const char *set, *clear;
} super_names[] = {
    {MOUNT_SUPER_SYNC,     "sync",     "async"},
    {MOUNT_SUPER_DIRSYNC,  "dirsync",  NULL},
    {MOUNT_SUPER_LAZYTIME, "lazytime", "nolazytime"},
    {MOUNT_SUPER_MAND,     "mand",     "nomand"},
};
// clang-format on

static int compare_word(const void *name, const void *word)
{
    const struct str *key = name;
    const char *other = ((const struct word *)word)->name;
    int order = strncmp(key->at, other, key->n);
    return order != 0 ? order : other[key->n] == '\0' ? 0 : -1;
}

static const struct word *find(struct str name)
{
    return bsearch(&name, words, N_ELEMENTS(words), sizeof *words, compare_word);
}

static void apply_attr(struct mount_options *out, const struct word *word)
{
    bool is_recursive = (word->how & RECURSIVE) != 0;
    bool is_set = !(word->how & CLEAR);
    uint64_t *set = is_recursive ? &out->rec_attr_set : &out->attr_set;
    uint64_t *clear = is_recursive ? &out->rec_attr_clr : &out->attr_clr;
    uint64_t flag = word->value;
    *set = is_set ? *set | flag : *set & ~flag;
    *clear = is_set ? *clear & ~flag : *clear | flag;
    if (!is_recursive && flag == MOUNT_ATTR_RDONLY)
        out->is_readonly = is_set;
}

// Taking a mode back leaves the kernel's default, relatime (whose value is 0), unless another mode
// was asked for: "strictatime,atime" stays strict, as with mount(2)'s separate flags.
static void apply_atime(struct mount_options *out, const struct word *word)
{
    bool is_recursive = (word->how & RECURSIVE) != 0;
    uint64_t *set = is_recursive ? &out->rec_attr_set : &out->attr_set;
    uint64_t *clear = is_recursive ? &out->rec_attr_clr : &out->attr_clr;
    uint64_t mode = *set & MOUNT_ATTR__ATIME;
    if (!(word->how & CLEAR))
        mode = word->value;
    else if (mode == word->value)
        mode = MOUNT_ATTR_RELATIME;
    *set = (*set & ~(uint64_t)MOUNT_ATTR__ATIME) | mode;
    *clear |= MOUNT_ATTR__ATIME;
}

static void apply_super(struct mount_options *out, const struct word *word)
{
    bool is_set = !(word->how & CLEAR);
    out->super_set = is_set ? out->super_set | word->value : out->super_set & ~word->value;
    out->super_clr = is_set ? out->super_clr & ~word->value : out->super_clr | word->value;
}

static int apply(struct mount_options *out, const struct word *word, const char *value,
                 struct err *err)
{
    switch ((enum word_kind)word->kind) {
    case WORD_NOTHING:
        break;
    case WORD_ATTR:
        apply_attr(out, word);
        break;
    case WORD_ATIME:
        apply_atime(out, word);
        break;
    case WORD_SUPER:
        apply_super(out, word);
        break;
    case WORD_PROPAGATION:
        if (out->n_propagation == MOUNT_PROPAGATIONS_MAX)
            return fail(err, ERR_INVALID, "more than %d propagation options",
                        MOUNT_PROPAGATIONS_MAX);
        out->propagation[out->n_propagation++] = (struct mount_propagation){
            .type = word->value, .is_recursive = (word->how & RECURSIVE) != 0};
        break;
    case WORD_BIND:
        out->is_bind = true;
        out->is_recursive = (word->how & RECURSIVE) != 0;
        break;
    case WORD_REMOUNT:
        out->is_remount = true;
        break;
    case WORD_COPY_UP:
        out->wants_copy_up = true;
        break;
    case WORD_COPY_SYMLINK:
        out->wants_copy_symlink = true;
        break;
    case WORD_SOURCE_NOFOLLOW:
        out->is_source_nofollow = true;
        break;
    case WORD_DESTINATION_NOFOLLOW:
        out->is_destination_nofollow = true;
        break;
    case WORD_IDMAP:
        out->idmap = (enum mount_idmap)word->value;
        out->idmap_value = value;
        break;
    }
    return 0;
}

static int apply_option(struct mount_options *out, const char *option, struct err *err)
{
    if (text_is_empty(option))
        return fail(err, ERR_INVALID, "a mount option must not be empty");
    const char *equals = strchr(option, '=');
    struct str name = {option, equals == NULL ? strlen(option) : (size_t)(equals - option)};
    const struct word *word = find(name);
    // A filesystem may have an option of the same name that takes a value.
    if (word != NULL && (equals == NULL || word->kind == WORD_IDMAP))
        return apply(out, word, equals == NULL ? NULL : equals + 1, err);
    if (out->n_data == MOUNT_DATA_MAX)
        return fail(err, ERR_INVALID, "more than %d mount options for a filesystem",
                    MOUNT_DATA_MAX);
    out->data[out->n_data++] = option;
    return 0;
}

static void name_super_flags(struct mount_options *out)
{
    for (size_t i = 0; i < N_ELEMENTS(super_names); i++) {
        const char *name = out->super_set & super_names[i].flag   ? super_names[i].set
                           : out->super_clr & super_names[i].flag ? super_names[i].clear
                                                                  : NULL;
        if (name != NULL)
            out->super_flags[out->n_super_flags++] = name;
    }
}

int mount_options_parse(const char *const *options, size_t n, struct mount_options *out,
                        struct err *err)
{
    struct mount_options result = {};
    for (size_t i = 0; i < n; i++)
        if (apply_option(&result, options[i], err) < 0)
            return -1;
    if (result.is_bind && result.n_data != 0)
        return fail(err, ERR_INVALID, "a bind mount has no option \"%s\"", result.data[0]);
    name_super_flags(&result);
    *out = result;
    return 0;
}

const char *mount_option_name_get(size_t index)
{
    return index < N_ELEMENTS(words) ? words[index].name : NULL;
}
