// SPDX-License-Identifier: Apache-2.0
#include "base/test.h"
#include "transfer/transfer.h"

#include <string.h>
#include <unistd.h>

static const struct transfer_session session = {
    .endpoints = &(struct transfer_endpoint){.url = "https://r.example"}, .n_endpoints = 1};

TEST(a_child_that_ends_before_it_answers_is_an_error_that_says_so)
{
    AUTO_ARENA struct arena arena = {};
    struct transfer *transfer;
    struct transfer_event event;
    struct err err = {};
    CHECK_INT(transfer_open("/bin/false", &session, &transfer, &err), 0);
    CHECK(transfer_next(transfer, -1, &arena, &event, &err) < 0);
    CHECK_HAS(err.text, "ended before it answered");
    transfer_close(transfer);
}

TEST(a_program_that_is_not_there_cannot_be_started)
{
    struct transfer *transfer;
    struct err err = {};
    CHECK(transfer_open("/nowhere/dhow-transfer", &session, &transfer, &err) < 0);
    CHECK_HAS(err.text, "/nowhere/dhow-transfer: No such file");
}

TEST(certificates_come_from_files_named_as_docker_names_them)
{
    AUTO_ARENA struct arena arena = {};
    char path[TEST_SCRATCH_MAX];
    int dir = test_scratch_make(path);
    struct transfer_endpoint endpoint = {};
    struct err err = {};
    CHECK_INT(transfer_certificates_read(&arena, path, &endpoint, &err), 0);
    CHECK(endpoint.ca == NULL && endpoint.certificate == NULL);
    test_scratch_put(path, "ca.crt", "A");
    test_scratch_put(path, "client.cert", "C");
    CHECK(transfer_certificates_read(&arena, path, &endpoint, &err) < 0);
    CHECK_HAS(err.text, "missing key client.key for client certificate client.cert");
    test_scratch_put(path, "client.key", "K");
    CHECK_INT(transfer_certificates_read(&arena, path, &endpoint, &err), 0);
    CHECK_STR(endpoint.ca, "A\n");
    CHECK_STR(endpoint.certificate, "C");
    CHECK_STR(endpoint.key, "K");
    (void)close(dir);
    test_scratch_remove(path);
    CHECK_INT(transfer_certificates_read(&arena, path, &endpoint, &err), 0);
}
