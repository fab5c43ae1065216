// SPDX-License-Identifier: Apache-2.0
// message.h — messages of the domain name system (RFC 1035): questions read, answers made.
//
// Of what a client sends only the header, the first question and an EDNS record right behind it are
// read; all else is for whoever it is passed on to.
#pragma once
#include "base/ip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DNS_HEADER = 12,
    DNS_NAME_MAX = 255,       // as it stands in a message
    DNS_TEXT_MAX = 256,       // as text, with its terminator
    DNS_UDP_SIZE = 512,       // what every client takes
    DNS_EDNS_SIZE_MAX = 4096, // what we send at most over UDP, whatever the client takes
    DNS_MESSAGE_MAX = 65'535,
    DNS_CLASS_IN = 1,
    DNS_CLASS_ANY = 255,
};
enum dns_type { DNS_A = 1, DNS_PTR = 12, DNS_AAAA = 28, DNS_OPT = 41, DNS_ANY = 255 };
enum dns_code {
    DNS_NO_ERROR = 0,
    DNS_FORMAT_ERROR = 1,
    DNS_SERVER_FAILURE = 2,
    DNS_NO_NAME = 3, // NXDOMAIN
    DNS_NOT_IMPLEMENTED = 4,
    DNS_REFUSED = 5,
};

struct dns_question {
    uint16_t id, type, class;
    bool wants_recursion;
    char name[DNS_TEXT_MAX]; // lower case, without the last dot; "" for the root
    bool is_text;            // the name can be told as text: no dots or control bytes in labels
    size_t end;              // where the question ends in the message
    uint16_t udp_size;       // that the client takes
};
// 0; or the dns_code to answer with (only id and, if > DNS_HEADER, end are set, then); < 0: not
// even a question, to be dropped.
[[nodiscard]] int dns_question_read(const uint8_t *message, size_t n, struct dns_question *out);

// Whether `answer` answers the question in `query` (of which `end` bytes are header and question),
// with the id `id`: case does not matter in names. Nothing else of it is looked at.
bool dns_answers(const uint8_t *answer, size_t n, const uint8_t *query, size_t end, uint16_t id);
enum dns_code dns_code_of(const uint8_t *answer); // of at least DNS_HEADER bytes
void dns_set_id(uint8_t *message, uint16_t id);
void dns_set_truncated(uint8_t *message); // no records, says the header

// --- answers
struct dns_answer {
    uint8_t *at;
    size_t n, room;
    bool is_truncated; // something did not fit
};
// Begins in `room` bytes, at least DNS_HEADER + DNS_NAME_MAX + 4. `query` is the client's message,
// `question` what was read of it.
void dns_answer_begin(struct dns_answer *answer, uint8_t *at, size_t room, const uint8_t *query,
                      const struct dns_question *question);
// One record for the name that was asked for.
void dns_answer_address(struct dns_answer *answer, const struct ip *address, uint32_t ttl);
void dns_answer_name(struct dns_answer *answer, const char *name, uint32_t ttl); // PTR
// Completes the header; the number of bytes.
size_t dns_answer_end(struct dns_answer *answer, enum dns_code code, bool is_ours);

// The address that a name of in-addr.arpa or ip6.arpa stands for.
bool dns_reverse(const char *name, struct ip *out);
