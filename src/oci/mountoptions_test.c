// SPDX-License-Identifier: Apache-2.0
// mountoptions_test.c — each word's effect, and which of two wins.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "oci/mountoptions.h"

#include <fcntl.h>
#include <string.h>

// What the words came to, as text: attributes in hexadecimal (linux/mount.h), then the rest by
// name.
static void describe(const struct mount_options *o, struct buf *out)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"set", o->attr_set},
        {"clr", o->attr_clr},
        {"rset", o->rec_attr_set},
        {"rclr", o->rec_attr_clr},
        {"super", o->super_set},
        {"nosuper", o->super_clr},
        {"readonly", o->is_readonly},
        {"bind", o->is_bind},
        {"recursive", o->is_recursive},
        {"remount", o->is_remount},
        {"copyup", o->wants_copy_up},
        {"copysymlink", o->wants_copy_symlink},
        {"src", o->is_source_nofollow},
        {"dest", o->is_destination_nofollow},
        {"idmap", o->idmap},
    };
    for (size_t i = 0; i < N_ELEMENTS(numbers); i++)
        if (numbers[i].value != 0)
            buf_printf(out, "%s=%jx ", numbers[i].name, (uintmax_t)numbers[i].value);
    if (o->idmap_value != NULL)
        buf_printf(out, "idmap_value=%s ", o->idmap_value);
    for (size_t i = 0; i < o->n_super_flags; i++)
        buf_printf(out, "flag=%s ", o->super_flags[i]);
    for (size_t i = 0; i < o->n_propagation; i++)
        buf_printf(out, "%spropagation=%jx ", o->propagation[i].is_recursive ? "r" : "",
                   (uintmax_t)o->propagation[i].type >> 16);
    for (size_t i = 0; i < o->n_data; i++)
        buf_printf(out, "data=%s ", o->data[i]);
}

// Comma-separated here, for reading; an option itself may have a comma.
static int parse(const char *text, struct mount_options *out, struct err *err)
{
    static char words[64][64];
    const char *options[64];
    size_t n = 0;
    for (struct str rest = str_of(text); rest.n != 0 && n < 64; n++) {
        struct str word = str_cut(&rest, ',');
        memcpy(words[n], word.at, word.n);
        words[n][word.n] = '\0';
        options[n] = words[n];
    }
    return mount_options_parse(options, n, out, err);
}

// clang-format off
static const struct {
    const char *options, *want;
} rows[] = {
    {"", ""},
    {"acl", "super=40 "},
    {"async", "nosuper=1 flag=async "},
    {"atime", "clr=70 "},
    {"bind", "bind=1 "},
    {"copy-symlink", "copysymlink=1 "},
    {"defaults", ""},
    {"dest-nofollow", "dest=1 "},
    {"dev", "clr=4 "},
    {"diratime", "clr=80 "},
    {"dirsync", "super=2 flag=dirsync "},
    {"exec", "clr=8 "},
    {"idmap", "idmap=1 "},
    {"iversion", "super=10 "},
    {"lazytime", "super=4 flag=lazytime "},
    {"loud", "nosuper=20 "},
    {"mand", "super=8 flag=mand "},
    {"noacl", "nosuper=40 "},
    {"noatime", "set=10 clr=70 "},
    {"nodev", "set=4 "},
    {"nodiratime", "set=80 "},
    {"noexec", "set=8 "},
    {"noiversion", "nosuper=10 "},
    {"nolazytime", "nosuper=4 flag=nolazytime "},
    {"nomand", "nosuper=8 flag=nomand "},
    {"norelatime", "clr=70 "},
    {"nostrictatime", "clr=70 "},
    {"nosuid", "set=2 "},
    {"nosymfollow", "set=200000 "},
    {"private", "propagation=4 "},
    {"rasync", "nosuper=1 flag=async "},
    {"ratime", "rclr=70 "},
    {"rbind", "bind=1 recursive=1 "},
    {"rdev", "rclr=4 "},
    {"rdiratime", "rclr=80 "},
    {"rdirsync", "super=2 flag=dirsync "},
    {"relatime", "clr=70 "},
    {"remount", "remount=1 "},
    {"rexec", "rclr=8 "},
    {"ridmap", "idmap=2 "},
    {"rmand", "super=8 flag=mand "},
    {"rnoatime", "rset=10 rclr=70 "},
    {"rnodev", "rset=4 "},
    {"rnodiratime", "rset=80 "},
    {"rnoexec", "rset=8 "},
    {"rnomand", "nosuper=8 flag=nomand "},
    {"rnorelatime", "rclr=70 "},
    {"rnostrictatime", "rclr=70 "},
    {"rnosuid", "rset=2 "},
    {"rnosymfollow", "rset=200000 "},
    {"ro", "set=1 readonly=1 "},
    {"rprivate", "rpropagation=4 "},
    {"rrelatime", "rclr=70 "},
    {"rro", "rset=1 "},
    {"rrw", "rclr=1 "},
    {"rshared", "rpropagation=10 "},
    {"rslave", "rpropagation=8 "},
    {"rstrictatime", "rset=20 rclr=70 "},
    {"rsuid", "rclr=2 "},
    {"rsymfollow", "rclr=200000 "},
    {"rsync", "super=1 flag=sync "},
    {"runbindable", "rpropagation=2 "},
    {"rw", "clr=1 "},
    {"shared", "propagation=10 "},
    {"silent", "super=20 "},
    {"slave", "propagation=8 "},
    {"src-nofollow", "src=1 "},
    {"strictatime", "set=20 clr=70 "},
    {"suid", "clr=2 "},
    {"symfollow", "clr=200000 "},
    {"sync", "super=1 flag=sync "},
    {"tmpcopyup", "copyup=1 "},
    {"unbindable", "propagation=2 "},
    // The later one wins.
    {"ro,rw", "clr=1 "},
    {"rw,ro", "set=1 readonly=1 "},
    {"nosuid,suid,nosuid", "set=2 "},
    {"sync,async", "nosuper=1 flag=async "},
    {"async,sync", "super=1 flag=sync "},
    {"bind,rbind", "bind=1 recursive=1 "},
    {"rbind,bind", "bind=1 "},
    {"rro,rrw", "rclr=1 "},
    {"ro,rrw", "set=1 rclr=1 readonly=1 "},
    {"idmap,ridmap", "idmap=2 "},
    // The access time modes share a field; taking back a mode that was not asked for changes none.
    {"noatime,strictatime", "set=20 clr=70 "},
    {"strictatime,relatime", "clr=70 "},
    {"noatime,atime", "clr=70 "},
    {"strictatime,atime", "set=20 clr=70 "},
    {"noatime,norelatime", "set=10 clr=70 "},
    {"rnoatime,rrelatime", "rclr=70 "},
    {"noatime,nodiratime", "set=90 clr=70 "},
    // Propagation keeps its order, for "private" then "unbindable" are two steps.
    {"private,rshared,rslave", "propagation=4 rpropagation=10 rpropagation=8 "},
    // What is not known is the filesystem's.
    {"size=64k,mode=1777", "data=size=64k data=mode=1777 "},
    {"newinstance,ptmxmode=0666", "data=newinstance data=ptmxmode=0666 "},
    {"sync=always", "data=sync=always "},
    {"rox", "data=rox "},
    {"r", "data=r "},
    {"idmap=uids=0-1-10;gids=0-100-10", "idmap=1 idmap_value=uids=0-1-10;gids=0-100-10 "},
    {"ridmap=uids=@0-1-10", "idmap=2 idmap_value=uids=@0-1-10 "},
};
// clang-format on

TEST(mount_options_mean_what_mount_8_says)
{
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        struct mount_options options;
        struct err err = {};
        CHECK_INT(parse(rows[i].options, &options, &err), 0);
        AUTO_BUF struct buf got;
        buf_init(&got, 1000);
        describe(&options, &got);
        AUTO_FREE char *line = str_printf("%s: %s", rows[i].options, buf_get(&got));
        AUTO_FREE char *want = str_printf("%s: %s", rows[i].options, rows[i].want);
        CHECK_STR(line, want);
    }
}

static bool has_row(struct str word)
{
    for (size_t i = 0; i < N_ELEMENTS(rows); i++)
        if (str_is(word, rows[i].options))
            return true;
    return false;
}

TEST(mount_options_of_the_specification_are_all_known)
{
    AUTO_BUF struct buf text;
    buf_init(&text, 10'000);
    struct err err = {};
    CHECK_INT(file_read_at(AT_FDCWD, "tests/data/oci/mount-options.txt", &text, &err), 0);
    size_t n = 0;
    for (struct str rest = {text.at, text.n}; rest.n != 0;) {
        struct str word = str_cut(&rest, '\n');
        AUTO_FREE char *option = xstrndup(word.at, word.n);
        const char *one = option;
        struct mount_options options;
        CHECK_INT(mount_options_parse(&one, 1, &options, &err), 0);
        CHECK_INT(options.n_data, 0);
        CHECK(has_row(word));
        n++;
    }
    CHECK_INT(n, 61);
}

TEST(mount_option_names_are_sorted_and_each_has_a_row)
{
    size_t n = 0;
    for (const char *name; (name = mount_option_name_get(n)) != NULL; n++) {
        CHECK(n == 0 || strcmp(mount_option_name_get(n - 1), name) < 0);
        CHECK(has_row(str_of(name)));
    }
    CHECK(n >= 61);
}

TEST(mount_options_that_make_no_sense_are_refused)
{
    struct mount_options options;
    struct err err = {};
    CHECK(parse("bind,size=1", &options, &err) < 0);
    CHECK_INT(err.kind, ERR_INVALID);
    CHECK_STR(err.text, "a bind mount has no option \"size=1\"");
    CHECK(parse("size=1,rbind", &options, &err) < 0);
    CHECK(parse("ro,,rw", &options, &err) < 0);
    CHECK_STR(err.text, "a mount option must not be empty");
    CHECK(parse("shared,slave,shared,slave,shared,slave,shared,slave,shared", &options, &err) < 0);
    CHECK_STR(err.text, "more than 8 propagation options");
    const char *many[MOUNT_DATA_MAX + 1];
    for (size_t i = 0; i < N_ELEMENTS(many); i++)
        many[i] = "x=1";
    CHECK_INT(mount_options_parse(many, MOUNT_DATA_MAX, &options, &err), 0);
    CHECK(mount_options_parse(many, N_ELEMENTS(many), &options, &err) < 0);
    const char *null = NULL;
    CHECK(mount_options_parse(&null, 1, &options, &err) < 0);
}
