// SPDX-License-Identifier: Apache-2.0
// names.c — the JSON tables of the files of names.
#include "names/names.h"

static const struct json_field name_fields[] = {
    JSON_FIELD(struct network_name, name, JSON_REQUIRED),
    JSON_ARRAY(struct network_name, addresses, JSON_REQUIRED),
    {},
};
const struct json_field network_names_fields[] = {
    JSON_FIELD(struct network_names, network, JSON_REQUIRED),
    JSON_LIST(struct network_names, names, name_fields, JSON_REQUIRED),
    {},
};
