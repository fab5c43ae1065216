// SPDX-License-Identifier: Apache-2.0
// names.c — what containers are called: the grammar, and names made up for those without one.
#include "base/mem.h"
#include "base/str.h"
#include "engine/parts.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { NAME_MAX_LENGTH = 255 };

static const char *const adjectives[] = {
    "able",   "amber",  "ample",   "azure",  "bold",   "brave",  "breezy",  "bright",   "brisk",
    "calm",   "candid", "careful", "cheery", "clear",  "clever", "coral",   "cosy",     "curious",
    "daring", "deft",   "dreamy",  "eager",  "early",  "easy",   "fair",    "fearless", "fleet",
    "fond",   "frank",  "fresh",   "gentle", "glad",   "golden", "grand",   "happy",    "hardy",
    "honest", "humble", "jolly",   "keen",   "kind",   "lively", "loyal",   "lucid",    "lucky",
    "mellow", "merry",  "mild",    "modest", "nimble", "noble",  "patient", "placid",   "plucky",
    "proud",  "quick",  "quiet",   "ready",  "rosy",   "salty",  "serene",  "sharp",    "silver",
    "snug",   "sober",  "solid",   "spry",   "steady", "stout",  "sunny",   "swift",    "tidy",
    "trusty", "vivid",  "warm",    "wise",   "witty",  "zesty",
};
static const char *const nouns[] = {
    "albatross", "anchor",  "atoll",   "bay",     "beacon",     "bosun",    "bow",     "breeze",
    "buoy",      "cabin",   "cape",    "captain", "cargo",      "cinnamon", "clove",   "coast",
    "compass",   "cove",    "crew",    "current", "deck",       "delta",    "dhow",    "dock",
    "dolphin",   "dune",    "ebb",     "estuary", "falcon",     "ferry",    "fjord",   "gale",
    "galley",    "gull",    "harbour", "haven",   "heron",      "horizon",  "island",  "jetty",
    "keel",      "lagoon",  "lantern", "lateen",  "lighthouse", "mast",     "monsoon", "narwhal",
    "oar",       "orca",    "osprey",  "otter",   "pearl",      "pelican",  "pepper",  "pilot",
    "porpoise",  "quay",    "reef",    "rigging", "rudder",     "sail",     "sailor",  "sandbar",
    "seal",      "sextant", "shoal",   "shore",   "spar",       "spice",    "squall",  "star",
    "stern",     "strait",  "tern",    "tide",    "tiller",     "trade",    "turtle",  "wave",
    "whale",     "wharf",   "wind",    "yawl",
};

const char *name_make(struct arena *arena)
{
    uint32_t random[2] = {};
    // Without randomness the first name comes out, and the database says whether it is free.
    (void)!getrandom(random, sizeof random, 0);
    return arena_printf(arena, "%s_%s", adjectives[random[0] % N_ELEMENTS(adjectives)],
                        nouns[random[1] % N_ELEMENTS(nouns)]);
}

int name_check(const char *name, struct err *err)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    size_t n = strlen(name);
    if (n >= 2 && n <= NAME_MAX_LENGTH && strspn(name, first) >= 1 && strspn(name, rest) == n)
        return 0;
    return fail(err, ERR_INVALID,
                "Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", name);
}
