# SPDX-License-Identifier: Apache-2.0
# Who may see whom: a module may include only the modules named on its line, and only earlier lines can be named.
# tools/layers checks it, the Makefile makes the link order from it. `libs_…` names what a module needs from Debian.

# 1. Foundation — could serve any Linux program; has never heard of a container.
base      =
json      = base
template  = json base

# 2. Mechanisms — each speaks one foreign language (a kernel interface, a format, a protocol).
oci       = json base
linux     = base
cgroup    = oci linux json base
seccomp   = oci linux json base
archive   = linux json base
transfer  = linux json base
registry  = transfer linux json base
signature = base
netlink   = linux json base
# The kernel's packet filter; messages of the domain name system.
nft       = base
dns       = base
# The files of names on networks: written by a store, read by the monitor's name server.
names     = json base
event     = json base

# 3. Programs started by exec — reachable only through a command line, a socket or a file.
runtime   = seccomp cgroup linux oci json base
monitor   = event names nft dns linux json base

# 4. Stores — each owns one directory on disk and every byte in it.
state     = base
content   = linux json base
snapshot  = content linux json base
image     = snapshot content state transfer oci linux json base
network   = state netlink nft names linux json base
volume    = state oci linux json base

# 5. Engine — what containers *are*; the vocabulary others use to ask for it.
ops       = event json base
engine    = ops volume network image transfer snapshot content state monitor event netlink nft names cgroup linux oci json base

# 6. Surfaces — translate one outside world into operations; decide nothing.
cli       = ops monitor event template transfer linux json base

libs_base    =
libs_json    = -ljson-c
libs_seccomp = -lseccomp
# libarchive only writes; static, for the shared one brings ICU, libxml2 and libstdc++ to each start.
libs_archive = -Wl,-Bstatic -larchive -Wl,-Bdynamic -lisal -lzstd -llzma -lbz2 -pthread
libs_signature = -lcrypto
libs_state   = -Wl,--wrap=dlopen,--wrap=dlsym,--wrap=dlerror,--wrap=dlclose -lsqlite3 -lm

# What each program is made of: the modules it calls (what these need follows from above).
program_dhow-runtime = runtime
program_dhow-monitor = monitor
program_dhow-transfer = archive registry signature
program_dhow         = cli engine
program_dhow-systemd-cgroup = cgroup
program_dhow-init    =
# (dhow-init runs inside containers and is made of no module: its rule is in the Makefile.)
# Those that link heavy libraries of the system, dynamically (ARCHITECTURE.md I3); all others are static.
dynamic_dhow-transfer = yes
# The same for libraries that no module needs; its modules' libraries are static, so that it needs little else.
shared_dhow-systemd-cgroup = -lsystemd
# Object files of a module that are made, not written (their rules are in the Makefile).
generated_image = gen/embedded.o
