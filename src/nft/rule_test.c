// SPDX-License-Identifier: Apache-2.0
#include "base/test.h"
#include "nft/rule.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>

// The nth message of a batch; its attributes.
static const struct nlmsghdr *message_of(const struct nft_batch *batch, size_t nth, size_t *out_n)
{
    const struct nlmsghdr *at = (const void *)batch->bytes.at;
    uint32_t left = (uint32_t)batch->bytes.n;
    for (size_t i = 0; i < nth; i++)
        at = NLMSG_NEXT(at, left);
    *out_n = at->nlmsg_len - NLMSG_LENGTH(sizeof(struct nfgenmsg));
    return at;
}

static const struct nlattr *attributes_of(const struct nlmsghdr *message)
{
    return (const void *)((const char *)message + NLMSG_LENGTH(sizeof(struct nfgenmsg)));
}

TEST(batch_begins_with_its_generation_and_numbers_its_messages)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    size_t n;
    nft_batch_init(&batch, NFPROTO_INET, "t", 7);
    nft_table_add(&batch, "words");
    nft_table_delete(&batch);
    const struct nlmsghdr *begin = message_of(&batch, 0, &n);
    CHECK_INT(begin->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
    CHECK_INT(nft_number(nft_find(attributes_of(begin), n, NFNL_BATCH_GENID)), 7);
    const struct nlmsghdr *made = message_of(&batch, 1, &n);
    CHECK_INT(made->nlmsg_type, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE);
    CHECK_STR(nft_text(nft_find(attributes_of(made), n, NFTA_TABLE_NAME)), "t");
    CHECK_INT(message_of(&batch, 2, &n)->nlmsg_seq, made->nlmsg_seq + 1);
    CHECK_STR(batch.labels[1], "take it away");
}

TEST(fields_of_a_key_are_padded_to_registers)
{
    static const uint8_t want[] = {127, 0, 0, 1, 6, 0, 0, 0, 0x1f, 0x90, 0, 0};
    static const uint8_t ip[] = {127, 0, 0, 1};
    struct nft_key key = {};
    nft_key_add(&key, ip, sizeof ip);
    nft_key_u8(&key, 6);
    nft_key_port(&key, 8080);
    CHECK_INT(key.n, sizeof want);
    CHECK(memcmp(key.bytes, want, sizeof want) == 0);
}

TEST(map_of_addresses_has_the_lengths_of_its_fields)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    size_t n;
    static const struct nft_set set = {
        .name = "m",
        .key = {NFT_TYPE_IPV4, NFT_TYPE_PROTOCOL, NFT_TYPE_SERVICE},
        .data = {NFT_TYPE_IPV4, NFT_TYPE_SERVICE},
    };
    nft_batch_init(&batch, NFPROTO_INET, "t", 0);
    nft_set_add(&batch, &set, 1);
    const struct nlmsghdr *message = message_of(&batch, 1, &n);
    const struct nlattr *at = attributes_of(message);
    CHECK_INT(nft_number(nft_find(at, n, NFTA_SET_KEY_LEN)), 12);
    CHECK_INT(nft_number(nft_find(at, n, NFTA_SET_DATA_LEN)), 8);
    CHECK_INT(nft_number(nft_find(at, n, NFTA_SET_FLAGS)), NFT_SET_MAP);
    CHECK_INT(nft_number(nft_find(at, n, NFTA_SET_KEY_TYPE)), 7 << 12 | 12 << 6 | 13);
}

TEST(expressions_are_nested_in_their_rule)
{
    AUTO_NFT_BATCH struct nft_batch batch;
    size_t n, n_list, n_expression;
    nft_batch_init(&batch, NFPROTO_INET, "t", 0);
    nft_rule(&batch, "c");
    nft_do(&batch, NFT_GOTO, "other");
    nft_rule_end(&batch);
    const struct nlmsghdr *message = message_of(&batch, 1, &n);
    const struct nlattr *list =
        nft_inside(nft_find(attributes_of(message), n, NFTA_RULE_EXPRESSIONS), &n_list);
    const struct nlattr *expression =
        nft_inside(nft_find(list, n_list, NFTA_LIST_ELEM), &n_expression);
    CHECK_STR(nft_text(nft_find(expression, n_expression, NFTA_EXPR_NAME)), "immediate");
    CHECK_INT(message->nlmsg_len % 4, 0);
}

TEST(answers_that_lie_about_their_length_are_not_followed)
{
    static const struct {
        struct nlattr head;
        uint32_t value;
    } lie = {{200, 1}, 0};
    static const struct nlattr empty = {0, 1};
    CHECK(nft_find(&lie.head, sizeof lie, 1) == NULL);
    CHECK(nft_find(&empty, sizeof empty, 1) == NULL);
    CHECK_INT(nft_number(&empty), 0);
    CHECK_STR(nft_text(&empty), "");
}
