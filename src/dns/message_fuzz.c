// SPDX-License-Identifier: Apache-2.0
// message_fuzz.c — any bytes as a question, and the answers that we make to it.
#include "dns/message.h"

#include <assert.h>
#include <string.h>
#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct dns_question question;
    uint8_t room[DNS_UDP_SIZE];
    struct dns_answer answer;
    struct ip ip = {.family = AF_INET6};
    int code = dns_question_read(bytes, n, &question);
    if (code < 0)
        return 0;
    assert(question.end <= n && strlen(question.name) < DNS_TEXT_MAX);
    dns_answer_begin(&answer, room, sizeof room, bytes, &question);
    if (code == 0) {
        (void)dns_reverse(question.name, &ip);
        dns_answer_address(&answer, &ip, 1);
        dns_answer_name(&answer, question.name, 1);
        for (int i = 0; i < 40; i++)
            dns_answer_address(&answer, &ip, 1);
    }
    size_t made = dns_answer_end(&answer, (enum dns_code)code, true);
    assert(made <= sizeof room);
    assert(code != 0 || dns_answers(room, made, bytes, question.end, question.id));
    (void)dns_answers(bytes, n, room, made < n ? made : n, question.id);
    return 0;
}
