// SPDX-License-Identifier: Apache-2.0
// firewall_table.h — what our table is made of: its rules once and for all, and the elements that
// stand for a network and a port.
#pragma once
#include "network/firewall.h"
#include "nft/rule.h"

// The table as it was taken away, and all of it but the elements made anew. The run root is in its
// comment.
void table_put_all(struct nft_batch *batch, const char *run_root);
extern const char table_witness[];         // the chain by which a flush is seen …
extern const uint32_t table_witness_rules; // … and how many rules it has

enum { TABLE_ELEMENTS_MAX = 16 + FIREWALL_TRUSTED_MAX };
struct table_elements {
    struct nft_element at[TABLE_ELEMENTS_MAX];
    size_t n;
};
void table_elements_of(const struct firewall_network *network, struct table_elements *out);
typedef void table_change(struct nft_batch *batch, const struct nft_element *element,
                          const char *label); // nft_element_add, nft_element_delete
void table_put_network(struct nft_batch *batch, const struct firewall_network *network,
                       table_change *change);
void table_put_port(struct nft_batch *batch, const struct firewall_port *port,
                    table_change *change);
