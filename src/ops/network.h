// SPDX-License-Identifier: Apache-2.0
// network.h — requests and responses of the network operations. JSON names are the Docker Engine
// API's (v1.55).
#pragma once
#include "ops/spec.h"

struct network_ipam_config {
    const char *subnet, *ip_range, *gateway;
    struct json_pair *aux;
    size_t n_aux;
};
struct network_ipam {
    const char *driver;
    struct json_pair *options;
    size_t n_options;
    struct network_ipam_config *config;
    size_t n_config;
};
struct network_config_reference {
    const char *network;
};

struct network_create_request {
    const char *name, *driver, *scope;
    bool internal, attachable, ingress, config_only;
    struct network_config_reference *config_from;
    struct network_ipam *ipam;
    bool *enable_ipv4, *enable_ipv6; // NULL: yes, no
    struct json_pair *options, *labels;
    size_t n_options, n_labels;
};
struct network_create_response {
    const char *id, *warning;
};

struct network_container { // an endpoint; the key is the container's id
    const char *id, *name, *endpoint_id, *mac_address, *ipv4_address, *ipv6_address;
};
struct network_subnet_status { // the key is the subnet
    const char *subnet;
    uint64_t ips_in_use, dynamic_ips_available;
};
struct network_ipam_status {
    struct network_subnet_status *subnets;
    size_t n_subnets;
};
struct network_status {
    struct network_ipam_status ipam;
};
struct network_info { // a network as docker shows it
    const char *name, *id, *created, *scope, *driver;
    bool enable_ipv4, enable_ipv6, internal, attachable, ingress, config_only;
    struct network_ipam ipam;
    struct network_config_reference config_from;
    struct json_pair *options, *labels;
    size_t n_options, n_labels;
    // Of one network, not of lists.
    struct network_container *containers;
    size_t n_containers;
    struct network_status *status;
};

struct network_inspect_request {
    const char *id;
    bool verbose;      // nothing more is known than without
    const char *scope; // "local" is all there is
};
struct network_list_request {
    const char *filters; // dangling, driver, id, label, name, scope, type
};
struct network_list_response {
    struct network_info *networks; // by name
    size_t n_networks;
};
struct network_reference {
    const char *id;
};
struct network_connect_request {
    const char *id, *container;
    struct endpoint_settings *endpoint; // or NULL
};
struct network_disconnect_request {
    const char *id, *container;
    bool force;
};
struct network_prune_request {
    const char *filters; // until, label, label!
};
struct network_prune_response {
    const char **deleted; // names
    size_t n_deleted;
};

// --- the firewall
struct network_reload_request {
    bool only_broken; // do nothing while it is whole
};

// --- who reaches a container's ports
struct port_exposure {
    const char *port;      // "80/tcp"
    const char *host;      // "0.0.0.0:8080"; "" when it is reached at the container's address
    const char *container; // "172.17.0.2:80"
    const char *way;       // translated, relayed, routed
    const char **from;     // sentences: who reaches it
    const char *blocked;   // other firewalls that drop what comes from outside; "" for none seen
    size_t n_from;
};
struct container_exposure {
    struct port_exposure *ports;
    size_t n_ports;
};

// --- a container's ports while it is there
struct container_ports_request {
    const char *id;
    struct port_map *add, *remove; // as HostConfig.PortBindings
    size_t n_add, n_remove;
};
