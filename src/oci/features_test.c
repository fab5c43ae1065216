// SPDX-License-Identifier: Apache-2.0
// features_test.c — features.json, and the template for `spec`.
#include "base/file.h"
#include "base/mem.h"
#include "base/test.h"
#include "oci/config.h"
#include "oci/features.h"
#include "oci/mountoptions.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

TEST(features_of_runc_are_read_completely)
{
    AUTO_ARENA struct arena arena = {};
    struct oci_features features;
    struct err err = {};
    CHECK_INT(json_decode_file(&arena, AT_FDCWD, "tests/data/oci/features/runc.json",
                               oci_features_fields, &features, JSON_STRICT, &err),
              0);
    CHECK_STR(features.ociVersionMin, "1.0.0");
    CHECK_INT(features.n_hooks, 6);
    CHECK(*features.linux_->seccomp->enabled);
    CHECK(*features.linux_->netDevices->enabled);
}

TEST(features_have_all_words_and_claim_nothing_of_the_machine)
{
    AUTO_ARENA struct arena arena = {};
    struct oci_features features;
    oci_features_init(&arena, &features);
    CHECK_STR(features.ociVersionMax, "1.3.0");
    CHECK_INT(features.n_hooks, 6);
    CHECK(features.n_mountOptions >= 61);
    CHECK_INT(features.linux_->n_namespaces, 8);
    CHECK_INT(features.linux_->n_capabilities, 41);
    CHECK_STR(features.linux_->capabilities[40], "CAP_CHECKPOINT_RESTORE");
    CHECK_INT(features.linux_->seccomp->n_actions, 9);
    CHECK_INT(features.linux_->seccomp->n_operators, 7);
    CHECK_INT(features.linux_->seccomp->n_archs, 23);
    CHECK_INT(features.linux_->seccomp->n_knownFlags, 4);
    CHECK(features.linux_->seccomp->enabled == NULL);
    CHECK(features.linux_->apparmor->enabled == NULL);

    bool yes = true;
    features.linux_->selinux->enabled = &yes;
    AUTO_BUF struct buf out;
    buf_init(&out, 20'000);
    json_encode(&out, oci_features_fields, &features, JSON_COMPACT);
    CHECK_HAS(buf_get(&out), "\"selinux\":{\"enabled\":true}");
    CHECK_HAS(buf_get(&out), "\"apparmor\":{}");
}

// The same text with 1000 for the ids that the template takes from the calling user.
static char *with_fixed_ids(const char *text)
{
    static const char key[] = "\"hostID\": ";
    AUTO_BUF struct buf out;
    buf_init(&out, 20'000);
    for (const char *at; (at = strstr(text, key)) != NULL; text = at + strspn(at, "0123456789")) {
        at += strlen(key);
        buf_add(&out, text, (size_t)(at - text));
        buf_text(&out, "1000");
    }
    buf_text(&out, text);
    return buf_take(&out);
}

static void check_is_file(const char *text, const char *name)
{
    AUTO_BUF struct buf want;
    struct err err = {};
    buf_init(&want, 20'000);
    CHECK_INT(file_read_at(AT_FDCWD, name, &want, &err), 0);
    CHECK_STR(text, buf_get(&want));
}

// tests/oci.bats holds these files against the specification's schemas.
TEST(template_and_features_are_the_files_that_the_schema_is_held_against)
{
    AUTO_BUF struct buf root, rootless, features_text;
    buf_init(&root, 20'000);
    buf_init(&rootless, 20'000);
    buf_init(&features_text, 20'000);
    oci_config_template(&root, false);
    check_is_file(buf_get(&root), "tests/data/oci/template.json");
    oci_config_template(&rootless, true);
    AUTO_FREE char *fixed = with_fixed_ids(buf_get(&rootless));
    check_is_file(fixed, "tests/data/oci/template-rootless.json");
    AUTO_ARENA struct arena arena = {};
    struct oci_features features;
    oci_features_init(&arena, &features);
    json_encode(&features_text, oci_features_fields, &features, JSON_PRETTY);
    buf_char(&features_text, '\n');
    check_is_file(buf_get(&features_text), "tests/data/oci/features.json");
}

TEST(template_is_a_configuration_to_create_from)
{
    for (int is_rootless = 0; is_rootless <= 1; is_rootless++) {
        AUTO_ARENA struct arena arena = {};
        AUTO_BUF struct buf text;
        struct oci_config config;
        struct err err = {};
        buf_init(&text, 20'000);
        oci_config_template(&text, is_rootless);
        CHECK_INT(
            json_decode(&arena, text.at, text.n, oci_config_fields, &config, JSON_STRICT, &err), 0);
        CHECK_INT(oci_config_parse(&arena, text.at, text.n, &config, &err), 0);
        CHECK_INT(oci_config_check_create(&config, &err), 0);
        CHECK(config.process->terminal && config.process->noNewPrivileges);
        CHECK_STR(config.process->args[0], "sh");
        CHECK_INT(config.process->capabilities->n_bounding, 3);
        CHECK_INT(config.process->capabilities->n_ambient, 0);
        CHECK((oci_namespace_get(&config, "user") != NULL) == is_rootless);
        CHECK((oci_namespace_get(&config, "network") == NULL) == is_rootless);
        CHECK((config.linux_.resources == NULL) == is_rootless);
        if (is_rootless)
            CHECK_INT(config.linux_.uidMappings[0].hostID, geteuid());
        for (size_t i = 0; i < config.n_mounts; i++) {
            struct mount_options options;
            CHECK_INT(mount_options_parse(config.mounts[i].options, config.mounts[i].n_options,
                                          &options, &err),
                      0);
            CHECK((strcmp(config.mounts[i].type, "none") == 0) == options.is_bind);
        }
    }
}
