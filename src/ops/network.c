// SPDX-License-Identifier: Apache-2.0
// network.c — the JSON tables of networks.
#include "ops/network.h"

#include "ops/tables.h"

// clang-format off
static const struct json_field ipam_config_fields[] = {
    JSON_NAMED(struct network_ipam_config, subnet, "Subnet", JSON_OPTIONAL),
    JSON_NAMED(struct network_ipam_config, ip_range, "IPRange", JSON_OPTIONAL),
    JSON_NAMED(struct network_ipam_config, gateway, "Gateway", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct network_ipam_config, aux, "AuxiliaryAddresses", JSON_OPTIONAL),
    {},
};
static const struct json_field ipam_fields[] = {
    JSON_NAMED(struct network_ipam, driver, "Driver", JSON_ALWAYS),
    JSON_PAIRS_NAMED(struct network_ipam, options, "Options", JSON_ALWAYS),
    JSON_LIST_NAMED(struct network_ipam, config, "Config", ipam_config_fields, JSON_ALWAYS),
    {},
};
static const struct json_field config_reference_fields[] = {
    JSON_NAMED(struct network_config_reference, network, "Network", JSON_ALWAYS),
    {},
};

const struct json_field network_create_body[] = {
    JSON_NAMED(struct network_create_request, name, "Name", JSON_REQUIRED),
    JSON_NAMED(struct network_create_request, driver, "Driver", JSON_OPTIONAL),
    JSON_NAMED(struct network_create_request, scope, "Scope", JSON_OPTIONAL),
    JSON_NAMED(struct network_create_request, internal, "Internal", JSON_OPTIONAL),
    JSON_NAMED(struct network_create_request, attachable, "Attachable", JSON_OPTIONAL),
    JSON_NAMED(struct network_create_request, ingress, "Ingress", JSON_OPTIONAL),
    JSON_NAMED(struct network_create_request, config_only, "ConfigOnly", JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct network_create_request, config_from, "ConfigFrom", config_reference_fields, JSON_OPTIONAL),
    JSON_BEHIND_NAMED(struct network_create_request, ipam, "IPAM", ipam_fields, JSON_OPTIONAL),
    JSON_NAMED(struct network_create_request, enable_ipv4, "EnableIPv4", JSON_OPTIONAL),
    JSON_NAMED(struct network_create_request, enable_ipv6, "EnableIPv6", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct network_create_request, options, "Options", JSON_OPTIONAL),
    JSON_PAIRS_NAMED(struct network_create_request, labels, "Labels", JSON_OPTIONAL),
    {},
};
const struct json_field network_create_response_fields[] = {
    JSON_NAMED(struct network_create_response, id, "Id", JSON_REQUIRED),
    JSON_NAMED(struct network_create_response, warning, "Warning", JSON_ALWAYS),
    {},
};

#define INFO_FIELDS                                                                                \
    JSON_NAMED(struct network_info, name, "Name", JSON_ALWAYS), \
    JSON_NAMED(struct network_info, id, "Id", JSON_ALWAYS), \
    JSON_NAMED(struct network_info, created, "Created", JSON_ALWAYS), \
    JSON_NAMED(struct network_info, scope, "Scope", JSON_ALWAYS), \
    JSON_NAMED(struct network_info, driver, "Driver", JSON_ALWAYS), \
    JSON_NAMED(struct network_info, enable_ipv4, "EnableIPv4", JSON_ALWAYS), \
    JSON_NAMED(struct network_info, enable_ipv6, "EnableIPv6", JSON_ALWAYS), \
    JSON_INSIDE_NAMED(struct network_info, ipam, "IPAM", ipam_fields, JSON_ALWAYS), \
    JSON_NAMED(struct network_info, internal, "Internal", JSON_ALWAYS), \
    JSON_NAMED(struct network_info, attachable, "Attachable", JSON_ALWAYS), \
    JSON_NAMED(struct network_info, ingress, "Ingress", JSON_ALWAYS), \
    JSON_INSIDE_NAMED(struct network_info, config_from, "ConfigFrom", config_reference_fields, JSON_ALWAYS), \
    JSON_NAMED(struct network_info, config_only, "ConfigOnly", JSON_ALWAYS), \
    JSON_PAIRS_NAMED(struct network_info, options, "Options", JSON_ALWAYS), \
    JSON_PAIRS_NAMED(struct network_info, labels, "Labels", JSON_ALWAYS)

static const struct json_field summary_fields[] = {INFO_FIELDS, {}};
static const struct json_field container_fields[] = {
    JSON_NAMED(struct network_container, name, "Name", JSON_ALWAYS),
    JSON_NAMED(struct network_container, endpoint_id, "EndpointID", JSON_ALWAYS),
    JSON_NAMED(struct network_container, mac_address, "MacAddress", JSON_ALWAYS),
    JSON_NAMED(struct network_container, ipv4_address, "IPv4Address", JSON_ALWAYS),
    JSON_NAMED(struct network_container, ipv6_address, "IPv6Address", JSON_ALWAYS),
    {},
};
static const struct json_field subnet_status_fields[] = {
    JSON_NAMED(struct network_subnet_status, ips_in_use, "IPsInUse", JSON_ALWAYS),
    JSON_NAMED(struct network_subnet_status, dynamic_ips_available, "DynamicIPsAvailable", JSON_ALWAYS),
    {},
};
static const struct json_field ipam_status_fields[] = {
    OPS_MAP(struct network_ipam_status, subnets, "Subnets", subnet_status_fields, JSON_ALWAYS),
    {},
};
static const struct json_field status_fields[] = {
    JSON_INSIDE_NAMED(struct network_status, ipam, "IPAM", ipam_status_fields, JSON_ALWAYS),
    {},
};
const struct json_field network_info_fields[] = {
    INFO_FIELDS,
    OPS_MAP(struct network_info, containers, "Containers", container_fields, JSON_ALWAYS),
    JSON_BEHIND_NAMED(struct network_info, status, "Status", status_fields, JSON_OPTIONAL),
    {},
};

const struct json_field network_inspect_parameters[] = {
    JSON_FIELD(struct network_inspect_request, id, JSON_REQUIRED),
    JSON_FIELD(struct network_inspect_request, verbose, JSON_OPTIONAL),
    JSON_FIELD(struct network_inspect_request, scope, JSON_OPTIONAL),
    {},
};
const struct json_field network_list_parameters[] = {
    JSON_FIELD(struct network_list_request, filters, JSON_OPTIONAL),
    {},
};
const struct json_field network_list_response_fields[] = {
    JSON_LIST_NAMED(struct network_list_response, networks, "", summary_fields, JSON_REQUIRED),
    {},
};
const struct json_field network_reference_parameters[] = {
    JSON_FIELD(struct network_reference, id, JSON_REQUIRED),
    {},
};
const struct json_field network_connect_parameters[] = {
    JSON_FIELD(struct network_connect_request, id, JSON_REQUIRED),
    {},
};
const struct json_field network_connect_body[] = {
    JSON_NAMED(struct network_connect_request, container, "Container", JSON_REQUIRED),
    JSON_BEHIND_NAMED(struct network_connect_request, endpoint, "EndpointConfig", endpoint_settings_fields, JSON_OPTIONAL),
    {},
};
const struct json_field network_disconnect_parameters[] = {
    JSON_FIELD(struct network_disconnect_request, id, JSON_REQUIRED),
    {},
};
const struct json_field network_disconnect_body[] = {
    JSON_NAMED(struct network_disconnect_request, container, "Container", JSON_REQUIRED),
    JSON_NAMED(struct network_disconnect_request, force, "Force", JSON_OPTIONAL),
    {},
};
const struct json_field network_prune_parameters[] = {
    JSON_FIELD(struct network_prune_request, filters, JSON_OPTIONAL),
    {},
};
const struct json_field network_prune_response_fields[] = {
    JSON_ARRAY_NAMED(struct network_prune_response, deleted, "NetworksDeleted", JSON_ALWAYS),
    {},
};

// --- the firewall, and who reaches what

// clang-format off
const struct json_field network_reload_parameters[] = {
    JSON_NAMED(struct network_reload_request, only_broken, "broken", JSON_OPTIONAL),
    {},
};
static const struct json_field exposure_fields[] = {
    JSON_NAMED(struct port_exposure, port, "Port", JSON_ALWAYS),
    JSON_NAMED(struct port_exposure, host, "Host", JSON_ALWAYS),
    JSON_NAMED(struct port_exposure, container, "Container", JSON_ALWAYS),
    JSON_NAMED(struct port_exposure, way, "Way", JSON_ALWAYS),
    JSON_ARRAY_NAMED(struct port_exposure, from, "ReachedFrom", JSON_ALWAYS),
    JSON_NAMED(struct port_exposure, blocked, "BlockedBy", JSON_ALWAYS),
    {},
};
const struct json_field container_exposure_fields[] = {
    JSON_LIST_NAMED(struct container_exposure, ports, "Ports", exposure_fields, JSON_ALWAYS),
    {},
};
// clang-format on

// --- a container's ports while it is there

// clang-format off
const struct json_field container_ports_parameters[] = {
    JSON_FIELD(struct container_ports_request, id, JSON_REQUIRED),
    {},
};
const struct json_field container_ports_body[] = {
    OPS_MAP(struct container_ports_request, add, "Add", port_map_fields, JSON_OPTIONAL),
    OPS_MAP(struct container_ports_request, remove, "Remove", port_map_fields, JSON_OPTIONAL),
    {},
};
// clang-format on
