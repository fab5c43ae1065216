// SPDX-License-Identifier: Apache-2.0
#include "base/test.h"
#include "dns/message.h"

#include <string.h>
#include <sys/socket.h>

static const uint8_t web_a[] = "\x12\x34\x01\x00\0\1\0\0\0\0\0\0\3wEb\4Net1\0\0\1\0\1";
enum { WEB_A = sizeof web_a - 1 };

TEST(question_is_read_in_lower_case)
{
    struct dns_question question;
    CHECK_INT(dns_question_read(web_a, WEB_A, &question), 0);
    CHECK_STR(question.name, "web.net1");
    CHECK_INT(question.id, 0x1234);
    CHECK_INT(question.type, DNS_A);
    CHECK_INT(question.end, WEB_A);
    CHECK_INT(question.udp_size, DNS_UDP_SIZE);
    CHECK(question.is_text && question.wants_recursion);
}

TEST(edns_tells_what_a_client_takes)
{
    static const uint8_t query[] = "\0\1\1\0\0\1\0\0\0\0\0\1\1a\0\0\1\0\1"
                                   "\0\0\x29\x04\xd0\0\0\0\0\0\0";
    struct dns_question question;
    CHECK_INT(dns_question_read(query, sizeof query - 1, &question), 0);
    CHECK_INT(question.udp_size, 1232);
}

TEST(what_is_no_question_is_refused_or_dropped)
{
    static const struct {
        const char *bytes;
        size_t n;
        int want;
    } cases[] = {
        {"\0\1\1\0\0\1\0\0\0\0\0", 11, -1},                                   // short
        {"\0\1\x81\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19, -1},                  // an answer
        {"\0\1\x29\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19, DNS_NOT_IMPLEMENTED}, // an update
        {"\0\1\1\0\0\2\0\0\0\0\0\0\1a\0\0\1\0\1", 19, DNS_FORMAT_ERROR},      // two questions
        {"\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1", 18, DNS_FORMAT_ERROR},   // points to itself
        {"\0\1\1\0\0\1\0\0\0\0\0\0\5a\0\0\1\0\1", 19, DNS_FORMAT_ERROR},      // past the end
        {"\0\1\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0", 18, DNS_FORMAT_ERROR},        // no class
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dns_question question;
        CHECK_INT(dns_question_read((const uint8_t *)cases[i].bytes, cases[i].n, &question),
                  cases[i].want);
    }
}

TEST(label_with_a_dot_inside_is_no_text)
{
    static const uint8_t query[] = "\0\1\1\0\0\1\0\0\0\0\0\0\3a.b\0\0\1\0\1";
    struct dns_question question;
    CHECK_INT(dns_question_read(query, sizeof query - 1, &question), 0);
    CHECK(!question.is_text);
}

TEST(answer_has_question_and_compressed_records)
{
    static const uint8_t want[] = "\x12\x34\x85\x80\0\1\0\1\0\0\0\0\3wEb\4Net1\0\0\1\0\1"
                                  "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\xac\x12\0\2";
    struct dns_question question;
    struct dns_answer answer;
    uint8_t room[DNS_UDP_SIZE];
    const struct ip ip = {AF_INET, {172, 18, 0, 2}};
    CHECK_INT(dns_question_read(web_a, WEB_A, &question), 0);
    dns_answer_begin(&answer, room, sizeof room, web_a, &question);
    dns_answer_address(&answer, &ip, 5);
    CHECK_INT(dns_answer_end(&answer, DNS_NO_ERROR, true), sizeof want - 1);
    CHECK(memcmp(room, want, sizeof want - 1) == 0);
    CHECK(dns_answers(room, answer.n, web_a, question.end, 0x1234));
    CHECK(!dns_answers(room, answer.n, web_a, question.end, 0x1235));
}

TEST(answer_that_does_not_fit_says_so)
{
    struct dns_question question;
    struct dns_answer answer;
    uint8_t room[DNS_UDP_SIZE];
    const struct ip ip = {AF_INET, {172, 18, 0, 2}};
    CHECK_INT(dns_question_read(web_a, WEB_A, &question), 0);
    dns_answer_begin(&answer, room, sizeof room, web_a, &question);
    for (int i = 0; i < 100; i++)
        dns_answer_address(&answer, &ip, 5);
    size_t n = dns_answer_end(&answer, DNS_NO_ERROR, true);
    CHECK(n <= sizeof room && answer.is_truncated);
    CHECK((room[2] & 2) != 0);
}

TEST(answer_to_another_question_is_none)
{
    uint8_t other[WEB_A];
    memcpy(other, web_a, WEB_A);
    other[2] |= 0x80;
    CHECK(dns_answers(other, WEB_A, web_a, WEB_A, 0x1234));
    other[13] = 'x';
    CHECK(!dns_answers(other, WEB_A, web_a, WEB_A, 0x1234));
}

TEST(names_of_addresses)
{
    static const struct {
        const char *name, *ip; // NULL: it is none
    } cases[] = {
        {"2.0.18.172.in-addr.arpa", "172.18.0.2"},
        {"18.172.in-addr.arpa", NULL},
        {"1.2.0.18.172.in-addr.arpa", NULL},
        {"256.0.18.172.in-addr.arpa", NULL},
        {"2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", "fd00::2"},
        {"0.0.0.0.d.f.ip6.arpa", NULL},
        {"web", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ip ip;
        char text[IP_TEXT];
        bool is_one = dns_reverse(cases[i].name, &ip);
        CHECK_INT(is_one, cases[i].ip != NULL);
        if (is_one)
            CHECK_STR(ip_print(&ip, text), cases[i].ip);
    }
}
