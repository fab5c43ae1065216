// SPDX-License-Identifier: Apache-2.0
// config_test.c — what is accepted, what is refused, and with which words.
#include "base/file.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/test.h"
#include "oci/config.h"
#include "oci/state.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

// Rows write JSON with ' in place of ".
static int parse(struct arena *arena, const char *row, struct oci_config *config, struct err *err)
{
    char *text = arena_printf(arena, "{'ociVersion':'1.2.0'%s%s}", *row != '\0' ? "," : "", row);
    for (char *c = text; (c = strchr(c, '\'')) != NULL;)
        *c = '"';
    return oci_config_parse(arena, text, strlen(text), config, err);
}

#define PROCESS(members)         "'process':{'args':['sh'],'cwd':'/'," members "}"
#define LINUX(members)           "'linux':{" members "}"
#define RESOURCES(members)       LINUX("'resources':{" members "}")
#define NAMESPACE(type, members) LINUX("'namespaces':[{'type':'" type "'}]," members)
#define ONLY(type)               LINUX("'namespaces':[{'type':'" type "'}]")
#define SCHEDULER(members)       PROCESS("'scheduler':{" members "}")
#define DEVICE(members)          LINUX("'devices':[{" members "}]")
#define SECCOMP(members)         LINUX("'seccomp':{" members "}")
#define RULE(members)                                                                              \
    SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['mount']," members "}]")
#define MAPS(member, maps) NAMESPACE("user", "'" member "':[" maps "]")
#define LONG_64            "0123456789012345678901234567890123456789012345678901234567890123"

struct row {
    const char *config, *error;
};

// clang-format off
static const struct row bad_process[] = {
    {"'process':{'args':[],'cwd':'/'}", "process.args: must not be empty"},
    {"'process':{'cwd':'/'}", "process.args: must not be empty"},
    {"'process':{'args':['sh']}", "process.cwd: is required"},
    {"'process':{'args':['sh'],'cwd':'etc'}", "process.cwd: must be an absolute path: \"etc\""},
    {"'process':{'args':['sh'],'cwd':''}", "process.cwd: must be an absolute path: \"\""},
    {PROCESS("'env':['A=1','B']"), "process.env[1]: must be NAME=value: \"B\""},
    {PROCESS("'env':['=1']"), "process.env[0]: must be NAME=value: \"=1\""},
    {PROCESS("'env':['A=\\u0000']"), "process.env[0]: the string contains a NUL byte"},
    {PROCESS("'user':{'uid':4294967295}"), "process.user.uid: 4294967295 stands for no id at all"},
    {PROCESS("'user':{'uid':4294967296}"), "process.user.uid: the number is too large"},
    {PROCESS("'user':{'gid':-1}"), "process.user.gid: expected a number of at least 0"},
    {PROCESS("'user':{'additionalGids':[0,4294967295]}"), "process.user.additionalGids[1]: 4294967295 stands for no id at all"},
    {PROCESS("'user':{'umask':512}"), "process.user.umask: must be from 0 to 511: 512"},
    {PROCESS("'rlimits':[{'type':'RLIMIT_X','hard':1,'soft':1}]"), "process.rlimits[0].type: \"RLIMIT_X\" is not one of RLIMIT_AS, RLIMIT_CORE"},
    {PROCESS("'rlimits':[{'type':'RLIMIT_AS','hard':1,'soft':1},{'type':'RLIMIT_AS','hard':1,'soft':1}]"),
     "process.rlimits[1].type: RLIMIT_AS is there twice"},
    {PROCESS("'rlimits':[{'type':'RLIMIT_AS','hard':1,'soft':2}]"), "process.rlimits[0].soft: must not be above hard: 2 > 1"},
    {PROCESS("'rlimits':[{'type':'RLIMIT_AS','hard':1}]"), "process.rlimits[0].soft: is required"},
    {PROCESS("'oomScoreAdj':1001"), "process.oomScoreAdj: must be from -1000 to 1000: 1001"},
    {PROCESS("'terminal':true,'consoleSize':{'height':70000,'width':1}"), "process.consoleSize: must not be above 65535: 1 x 70000"},
    {PROCESS("'consoleSize':{'height':1}"), "process.consoleSize.width: is required"},
    {PROCESS("'ioPriority':{'class':'IOPRIO_CLASS_NONE'}"),
     "process.ioPriority.class: \"IOPRIO_CLASS_NONE\" is not one of IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE"},
    {PROCESS("'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}"), "process.ioPriority.priority: must be from 0 to 7: 8"},
    {SCHEDULER("'policy':'SCHED_NEW'"), "process.scheduler.policy: \"SCHED_NEW\" is not one of SCHED_OTHER"},
    {SCHEDULER("'policy':'SCHED_OTHER','flags':['X']"), "process.scheduler.flags[0]: \"X\" is not one of SCHED_FLAG_RESET_ON_FORK"},
    {SCHEDULER("'policy':'SCHED_OTHER','priority':1"), "process.scheduler.priority: SCHED_OTHER has no such thing"},
    {SCHEDULER("'policy':'SCHED_OTHER','nice':20"), "process.scheduler.nice: must be from -20 to 19: 20"},
    {SCHEDULER("'policy':'SCHED_FIFO','nice':1,'priority':1"), "process.scheduler.nice: SCHED_FIFO has no such thing"},
    {SCHEDULER("'policy':'SCHED_FIFO'"), "process.scheduler.priority: must be from 1 to 99: 0"},
    {SCHEDULER("'policy':'SCHED_RR','priority':100"), "process.scheduler.priority: must be from 1 to 99: 100"},
    {SCHEDULER("'policy':'SCHED_BATCH','runtime':1"), "process.scheduler.runtime: SCHED_BATCH has no such thing"},
    {SCHEDULER("'policy':'SCHED_IDLE','deadline':1"), "process.scheduler.deadline: SCHED_IDLE has no such thing"},
    {SCHEDULER("'policy':'SCHED_RR','priority':1,'period':1"), "process.scheduler.period: SCHED_RR has no such thing"},
    {SCHEDULER("'policy':'SCHED_DEADLINE','runtime':1000"), "process.scheduler.runtime: must be at least 1024: 1000"},
    {SCHEDULER("'policy':'SCHED_DEADLINE','runtime':2000,'deadline':1999"), "process.scheduler.deadline: must not be below runtime: 1999 < 2000"},
    {SCHEDULER("'policy':'SCHED_DEADLINE','runtime':2000,'deadline':4000,'period':3000"),
     "process.scheduler.period: must not be below deadline: 3000 < 4000"},
    {SCHEDULER("'policy':'SCHED_DEADLINE','runtime':2000,'deadline':18446744073709551615"), "process.scheduler.period: the number is too large"},
    {PROCESS("'execCPUAffinity':{'initial':'3-1'}"), "process.execCPUAffinity.initial: must be a list of numbers up to 8191 such as 0-3,7: \"3-1\""},
    {PROCESS("'execCPUAffinity':{'final':'0-9223372036854775807'}"), "process.execCPUAffinity.final: must be a list of numbers up to"},
    {PROCESS("'apparmorProfile':'a\\nb'"), "process.apparmorProfile: must not have control characters (byte 1 is 0x0a)"},
    {PROCESS("'selinuxLabel':'\\u007f'"), "process.selinuxLabel: must not have control characters (byte 0 is 0x7f)"},
};

static const struct row bad_outside[] = {
    {"'ociVersion':null", "ociVersion: is required"},
    {"'ociVersion':'2.0.0'", "ociVersion: version 2.0.0 is not supported, only 1.x is"},
    {"'ociVersion':'1.0'", "ociVersion: must be a version as in \"1.2.0\": \"1.0\""},
    {"'ociVersion':'1.0.0.0'", "ociVersion: must be a version"},
    {"'ociVersion':'v1.0.0'", "ociVersion: must be a version"},
    {"'ociVersion':'1.0.0-'", "ociVersion: must be a version"},
    {"'ociVersion':'1.0.0-a b'", "ociVersion: must be a version"},
    {"'ociVersion':''", "ociVersion: must be a version"},
    {"'ociVersion':1", "ociVersion: expected a string"},
    {"'root':{}", "root.path: is required"},
    {"'root':{'path':''}", "root.path: must not be empty"},
    {"'hostname':'x'", "hostname: needs a uts namespace in linux.namespaces"},
    {"'domainname':'x'", "domainname: needs a uts namespace in linux.namespaces"},
    {"'hostname':'" LONG_64 "x'," ONLY("uts"), "hostname: must not be longer than 64 bytes"},
    {"'hostname':'a\\tb'," ONLY("uts"), "hostname: must not have control characters (byte 1 is 0x09)"},
    {"'annotations':{'':'x'}", "annotations: a key must not be empty"},
    {"'annotations':{'a':1}", "annotations.a: expected a string"},
    {"'mounts':[{}]", "mounts[0].destination: is required"},
    {"'mounts':[{'destination':''}]", "mounts[0].destination: must not be empty"},
    {"'mounts':[{'destination':'/a','options':['ro','']}]", "mounts[0].options[1]: must not be empty"},
    {"'mounts':[{'destination':'/a','uidMappings':[{'containerID':0,'hostID':0,'size':1}]}]",
     "mounts[0].gidMappings: must be given, as the other mapping is"},
    {"'mounts':[{'destination':'/a','gidMappings':[{'containerID':0,'hostID':0,'size':0}]}]", "mounts[0].gidMappings[0].size: must not be 0"},
    {"'hooks':{'poststop':[{'path':'/a'},{'path':'b'}]}", "hooks.poststop[1].path: must be an absolute path: \"b\""},
    {"'hooks':{'prestart':[{'args':['a']}]}", "hooks.prestart[0].path: is required"},
    {"'hooks':{'createRuntime':[{'path':'/a','timeout':0}]}", "hooks.createRuntime[0].timeout: must be above 0: 0"},
    {"'hooks':{'startContainer':[{'path':'/a','env':['x']}]}", "hooks.startContainer[0].env[0]: must be NAME=value: \"x\""},
};

static const struct row bad_linux[] = {
    {LINUX("'namespaces':[{'type':'net'}]"), "linux.namespaces[0].type: \"net\" is not one of cgroup, ipc, mount, network, pid, time, user, uts"},
    {LINUX("'namespaces':[{'type':'pid'},{'type':'pid'}]"), "linux.namespaces[1].type: pid is there twice"},
    {LINUX("'namespaces':[{'type':'pid','path':'x'}]"), "linux.namespaces[0].path: must be an absolute path: \"x\""},
    {LINUX("'uidMappings':[{'containerID':0,'hostID':0,'size':1}]"), "linux.uidMappings: needs a user namespace in linux.namespaces"},
    {ONLY("user"), "linux.uidMappings: a new user namespace needs at least one mapping"},
    {MAPS("uidMappings", "{'containerID':0,'hostID':0,'size':1}"), "linux.gidMappings: a new user namespace needs at least one mapping"},
    {MAPS("uidMappings", "{'containerID':0,'hostID':0,'size':0}"), "linux.uidMappings[0].size: must not be 0"},
    {MAPS("uidMappings", "{'containerID':0,'hostID':1,'size':4294967295}"), "linux.uidMappings[0]: goes beyond the largest id, 4294967294"},
    {MAPS("uidMappings", "{'containerID':4294967295,'hostID':1,'size':1}"), "linux.uidMappings[0]: goes beyond the largest id, 4294967294"},
    {MAPS("uidMappings", "{'containerID':0,'hostID':0,'size':10},{'containerID':9,'hostID':100,'size':1}"),
     "linux.uidMappings[1]: overlaps with [0]"},
    {MAPS("uidMappings", "{'containerID':0,'hostID':0,'size':10},{'containerID':10,'hostID':9,'size':1}"), "linux.uidMappings[1]: overlaps with [0]"},
    {LINUX("'timeOffsets':{'boottime':{'secs':1}}"), "linux.timeOffsets: needs a time namespace in linux.namespaces"},
    {NAMESPACE("time", "'timeOffsets':{'realtime':{'secs':1}}"), "linux.timeOffsets.realtime: is no clock; these are: boottime, monotonic"},
    {NAMESPACE("time", "'timeOffsets':{'boottime':{'nanosecs':1000000000}}"),
     "linux.timeOffsets.boottime.nanosecs: must be from 0 to 999999999: 1000000000"},
    {NAMESPACE("time", "'timeOffsets':{'boottime':{'secs':9223372037}}"),
     "linux.timeOffsets.boottime.secs: must be from -9223372036 to 9223372036: 9223372037"},
    {DEVICE("'path':'/dev/x','type':'d'"), "linux.devices[0].type: \"d\" is not one of c, b, u, p"},
    {DEVICE("'path':'/dev/x','type':'cc'"), "linux.devices[0].type: \"cc\" is not one of c, b, u, p"},
    {DEVICE("'path':'dev/x','type':'c'"), "linux.devices[0].path: must be an absolute path: \"dev/x\""},
    {DEVICE("'path':'/dev/x','type':'c','major':4096"), "linux.devices[0].major: must be from 0 to 4095: 4096"},
    {DEVICE("'path':'/dev/x','type':'c','minor':-1"), "linux.devices[0].minor: must be from 0 to 1048575: -1"},
    {DEVICE("'path':'/dev/x','type':'c','fileMode':65536"), "linux.devices[0].fileMode: must be from 0 to 65535: 65536"},
    {DEVICE("'path':'/dev/x','type':'c','uid':4294967295"), "linux.devices[0].uid: 4294967295 stands for no id at all"},
    {DEVICE("'path':'/dev/x','type':'c'},{'path':'/dev/x','type':'b'"), "linux.devices[1].path: /dev/x is another device in [0]"},
    {LINUX("'netDevices':{'0123456789abcdef':{}}"), "linux.netDevices.0123456789abcdef: must be a network interface's name"},
    {LINUX("'netDevices':{'a':{'name':'b/c'}}"), "linux.netDevices.a.name: must not have '/', ':', '%' or blanks: \"b/c\""},
    {LINUX("'netDevices':{'a':{'name':'eth%d'}}"), "linux.netDevices.a.name: must not have '/', ':', '%' or blanks: \"eth%d\""},
    {LINUX("'netDevices':{'a':{'name':'..'}}"), "linux.netDevices.a.name: must be a network interface's name"},
    {LINUX("'netDevices':{'a b':{}}"), "linux.netDevices.a b: must not have '/', ':', '%' or blanks"},
    {LINUX("'netDevices':{'a':{'name':'c'},'c':{}}"), "linux.netDevices.c: two devices would be called c"},
    {LINUX("'cgroupsPath':'/a/../../b'"), "linux.cgroupsPath: must not have \"..\": \"/a/../../b\""},
    {LINUX("'cgroupsPath':'a\\nb'"), "linux.cgroupsPath: must not have control characters"},
    {LINUX("'cgroupsPath':'/" LONG_64 LONG_64 LONG_64 LONG_64 "'"), "linux.cgroupsPath: a part of it is longer than 255 bytes"},
    {LINUX("'rootfsPropagation':'public'"), "linux.rootfsPropagation: \"public\" is not one of private, shared, slave, unbindable"},
    {LINUX("'maskedPaths':['/a','b']"), "linux.maskedPaths[1]: must be an absolute path: \"b\""},
    {LINUX("'readonlyPaths':['']"), "linux.readonlyPaths[0]: must be an absolute path: \"\""},
    {LINUX("'mountLabel':'a\\u0001'"), "linux.mountLabel: must not have control characters (byte 1 is 0x01)"},
    {LINUX("'intelRdt':{'closID':'a/b'}"), "linux.intelRdt.closID: must be a directory's name: \"a/b\""},
    {LINUX("'intelRdt':{'closID':'..'}"), "linux.intelRdt.closID: must be a directory's name: \"..\""},
    {LINUX("'intelRdt':{'closID':'a\\nb'}"), "linux.intelRdt.closID: must be a directory's name"},
    {LINUX("'intelRdt':{'memBwSchema':'L3:0=f'}"), "linux.intelRdt.memBwSchema: must be one line that starts with \"MB:\""},
    {LINUX("'intelRdt':{'l3CacheSchema':'L3:0=f\\nMB:0=1'}"), "linux.intelRdt.l3CacheSchema: must not have a \"MB:\" line"},
    {LINUX("'intelRdt':{'schemata':['L3:0=f\\nMB:0=1']}"), "linux.intelRdt.schemata[0]: must not have control characters"},
    {LINUX("'memoryPolicy':{}"), "linux.memoryPolicy.mode: is required"},
    {LINUX("'memoryPolicy':{'mode':'MPOL_X'}"), "linux.memoryPolicy.mode: \"MPOL_X\" is not one of MPOL_DEFAULT"},
    {LINUX("'memoryPolicy':{'mode':'MPOL_BIND'}"), "linux.memoryPolicy.nodes: must not be empty with MPOL_BIND"},
    {LINUX("'memoryPolicy':{'mode':'MPOL_LOCAL','nodes':'0'}"), "linux.memoryPolicy.nodes: must be empty with MPOL_LOCAL"},
    {LINUX("'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0-1024'}"), "linux.memoryPolicy.nodes: must be a list of numbers up to 1023 such as 0-3,7: \"0-1024\""},
    {LINUX("'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_X']}"), "linux.memoryPolicy.flags[0]: \"MPOL_F_X\" is not one of"},
    {LINUX("'memoryPolicy':{'mode':'MPOL_DEFAULT','flags':['MPOL_F_STATIC_NODES']}"), "linux.memoryPolicy.flags: must be empty with MPOL_DEFAULT"},
    {LINUX("'memoryPolicy':{'mode':'MPOL_INTERLEAVE','nodes':'0','flags':['MPOL_F_NUMA_BALANCING']}"),
     "linux.memoryPolicy.flags: MPOL_INTERLEAVE does not take MPOL_F_NUMA_BALANCING"},
    {LINUX("'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0','flags':['MPOL_F_STATIC_NODES','MPOL_F_RELATIVE_NODES']}"), "exclude each other"},
    {LINUX("'personality':{}"), "linux.personality.domain: is required"},
    {LINUX("'personality':{'domain':'BSD'}"), "linux.personality.domain: \"BSD\" is not one of LINUX, LINUX32"},
    {LINUX("'personality':{'domain':'LINUX','flags':['X']}"), "linux.personality.flags: no flags are defined: \"X\""},
};

static const struct row bad_sysctl[] = {
    {LINUX("'sysctl':{'net.ipv4.ip_forward':'1'}"), "linux.sysctl.net.ipv4.ip_forward: needs a namespace of type \"network\" in linux.namespaces"},
    {LINUX("'sysctl':{'kernel.shmmax':'1'}"), "linux.sysctl.kernel.shmmax: needs a namespace of type \"ipc\" in linux.namespaces"},
    {LINUX("'sysctl':{'fs.mqueue.msg_max':'1'}"), "linux.sysctl.fs.mqueue.msg_max: needs a namespace of type \"ipc\" in linux.namespaces"},
    {LINUX("'sysctl':{'kernel.domainname':'x'}"), "linux.sysctl.kernel.domainname: needs a namespace of type \"uts\" in linux.namespaces"},
    {"'hostname':'a'," NAMESPACE("uts", "'sysctl':{'kernel.hostname':'x'}"), "linux.sysctl.kernel.hostname: conflicts with \"hostname\""},
    {"'domainname':'a'," NAMESPACE("uts", "'sysctl':{'kernel.domainname':'x'}"), "linux.sysctl.kernel.domainname: conflicts with \"domainname\""},
    {NAMESPACE("ipc", "'sysctl':{'kernel.core_pattern':'|/x'}"), "linux.sysctl.kernel.core_pattern: belongs to the whole system, not to a namespace"},
    {NAMESPACE("ipc", "'sysctl':{'kernel.shmmax2':'1'}"), "linux.sysctl.kernel.shmmax2: belongs to the whole system"},
    {NAMESPACE("ipc", "'sysctl':{'kernel.shm_rmid_forced=1+kernel.core_pattern':'x'}"), "must be names with dots between them"},
    {NAMESPACE("network", "'sysctl':{'net/ipv4/ip_forward':'1'}"), "linux.sysctl.net/ipv4/ip_forward: must be names with dots between them"},
    {NAMESPACE("network", "'sysctl':{'net...kernel.core_pattern':'1'}"), "must be names with dots between them"},
    {NAMESPACE("network", "'sysctl':{'net.':'1'}"), "linux.sysctl.net.: must be names with dots between them"},
    {NAMESPACE("network", "'sysctl':{'net':'1'}"), "linux.sysctl.net: belongs to the whole system"},
    {NAMESPACE("network", "'sysctl':{'':'1'}"), "must be names with dots between them"},
    {NAMESPACE("network", "'sysctl':{'net.ipv4.ip_forward':'1\\n2'}"), "linux.sysctl.net.ipv4.ip_forward: the value must be one line"},
};

static const struct row bad_seccomp[] = {
    {SECCOMP(""), "linux.seccomp.defaultAction: is required"},
    {SECCOMP("'defaultAction':'X'"), "linux.seccomp.defaultAction: \"X\" is not one of SCMP_ACT_ALLOW"},
    {SECCOMP("'defaultAction':'SCMP_ACT_NOTIFY','listenerPath':'/a'"), "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default"},
    {SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':1"), "linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW returns no errno"},
    {SECCOMP("'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096"), "linux.seccomp.defaultErrnoRet: must be from 0 to 4095: 4096"},
    {SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','architectures':['X86']"), "linux.seccomp.architectures[0]: \"X86\" is not one of SCMP_ARCH_AARCH64"},
    {SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','flags':['X']"), "linux.seccomp.flags[0]: \"X\" is not one of SECCOMP_FILTER_FLAG_TSYNC"},
    {SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'a'"), "linux.seccomp.listenerPath: must be an absolute path: \"a\""},
    {SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','listenerMetadata':'a'"), "linux.seccomp.listenerMetadata: needs listenerPath"},
    {SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'action':'SCMP_ACT_LOG'}]"), "linux.seccomp.syscalls[0].names: is required"},
    {SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':[],'action':'SCMP_ACT_LOG'}]"),
     "linux.seccomp.syscalls[0].names: must not be empty"},
    {SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':[''],'action':'SCMP_ACT_LOG'}]"),
     "linux.seccomp.syscalls[0].names[0]: must not be empty"},
    {RULE("'action':'LOG'"), "linux.seccomp.syscalls[0].action: \"LOG\" is not one of"},
    {RULE("'action':'SCMP_ACT_LOG','errnoRet':1"), "linux.seccomp.syscalls[0].errnoRet: SCMP_ACT_LOG returns no errno"},
    {RULE("'action':'SCMP_ACT_TRACE','errnoRet':65536"), "linux.seccomp.syscalls[0].errnoRet: must be from 0 to 65535: 65536"},
    {RULE("'action':'SCMP_ACT_LOG','args':[{'index':6,'value':0,'op':'SCMP_CMP_EQ'}]"),
     "linux.seccomp.syscalls[0].args[0].index: must be from 0 to 5: 6"},
    {RULE("'action':'SCMP_ACT_LOG','args':[{'index':0,'value':0,'op':'=='}]"),
     "linux.seccomp.syscalls[0].args[0].op: \"==\" is not one of SCMP_CMP_EQ"},
};

static const struct row bad_resources[] = {
    {RESOURCES("'unified':{'a/b':''}"), "linux.resources.unified.a/b: must be the name of a file in the cgroup"},
    {RESOURCES("'unified':{'..':''}"), "linux.resources.unified...: must be the name of a file in the cgroup"},
    {RESOURCES("'unified':{'':''}"), "must be the name of a file in the cgroup"},
    {RESOURCES("'devices':[{}]"), "linux.resources.devices[0].allow: is required"},
    {RESOURCES("'devices':[{'allow':true,'type':'p'}]"), "linux.resources.devices[0].type: \"p\" is not one of a, b, c"},
    {RESOURCES("'devices':[{'allow':true,'access':'rx'}]"), "linux.resources.devices[0].access: must be of the letters r, w, m: \"rx\""},
    {RESOURCES("'devices':[{'allow':true,'major':-2}]"), "linux.resources.devices[0].major: must be from -1 to 4095: -2"},
    {RESOURCES("'devices':[{'allow':true,'minor':1048576}]"), "linux.resources.devices[0].minor: must be from -1 to 1048575: 1048576"},
    {RESOURCES("'memory':{'limit':-2}"), "linux.resources.memory.limit: must be -1 (no limit) or a number of bytes: -2"},
    {RESOURCES("'memory':{'limit':2,'swap':1}"), "linux.resources.memory.swap: counts memory and swap, so must not be below limit: 1 < 2"},
    {RESOURCES("'memory':{'swappiness':101}"), "linux.resources.memory.swappiness: must be from 0 to 100: 101"},
    {RESOURCES("'memory':{'limit':9223372036854775808}"), "linux.resources.memory.limit: the number is too large"},
    {RESOURCES("'cpu':{'quota':-2}"), "linux.resources.cpu.quota: must be -1 (no limit) or microseconds: -2"},
    {RESOURCES("'cpu':{'realtimeRuntime':-2}"), "linux.resources.cpu.realtimeRuntime: must be -1 (no limit) or microseconds: -2"},
    {RESOURCES("'cpu':{'period':999}"), "linux.resources.cpu.period: must be from 1000 to 1000000: 999"},
    {RESOURCES("'cpu':{'realtimeRuntime':2,'realtimePeriod':1}"), "linux.resources.cpu.realtimeRuntime: must not be above realtimePeriod: 2 > 1"},
    {RESOURCES("'cpu':{'idle':2}"), "linux.resources.cpu.idle: must be from 0 to 1: 2"},
    {RESOURCES("'cpu':{'cpus':'0-'}"), "linux.resources.cpu.cpus: must be a list of numbers up to 8191 such as 0-3,7: \"0-\""},
    {RESOURCES("'cpu':{'cpus':'8192'}"), "linux.resources.cpu.cpus: must be a list of numbers up to 8191 such as 0-3,7: \"8192\""},
    {RESOURCES("'cpu':{'mems':'1,,2'}"), "linux.resources.cpu.mems: must be a list of numbers up to"},
    {RESOURCES("'pids':{}"), "linux.resources.pids.limit: is required"},
    {RESOURCES("'pids':{'limit':-2}"), "linux.resources.pids.limit: must be -1 (no limit) or a number of tasks: -2"},
    {RESOURCES("'blockIO':{'weight':9}"), "linux.resources.blockIO.weight: must be from 10 to 1000: 9"},
    {RESOURCES("'blockIO':{'leafWeight':1001}"), "linux.resources.blockIO.leafWeight: must be from 10 to 1000: 1001"},
    {RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0}]}"), "linux.resources.blockIO.weightDevice[0]: needs weight or leafWeight"},
    {RESOURCES("'blockIO':{'weightDevice':[{'major':-1,'minor':0,'weight':10}]}"),
     "linux.resources.blockIO.weightDevice[0].major: must be from 0 to 4095: -1"},
    {RESOURCES("'blockIO':{'throttleReadIOPSDevice':[{'major':8,'minor':-1,'rate':1}]}"),
     "linux.resources.blockIO.throttleReadIOPSDevice[0].minor: must be from 0 to 1048575: -1"},
    {RESOURCES("'blockIO':{'throttleWriteBpsDevice':[{'major':8}]}"), "linux.resources.blockIO.throttleWriteBpsDevice[0].minor: is required"},
    {RESOURCES("'hugepageLimits':[{'pageSize':'2mb','limit':1}]"),
     "linux.resources.hugepageLimits[0].pageSize: must be a size as in \"2MB\" or \"64KB\": \"2mb\""},
    {RESOURCES("'hugepageLimits':[{'pageSize':'02MB','limit':1}]"), "linux.resources.hugepageLimits[0].pageSize: must be a size"},
    {RESOURCES("'hugepageLimits':[{'pageSize':'2','limit':1}]"), "linux.resources.hugepageLimits[0].pageSize: must be a size"},
    {RESOURCES("'hugepageLimits':[{'pageSize':'2MB/x','limit':1}]"), "linux.resources.hugepageLimits[0].pageSize: must be a size"},
    {RESOURCES("'network':{'priorities':[{'name':'','priority':1}]}"),
     "linux.resources.network.priorities[0].name: must be a network interface's name"},
    {RESOURCES("'rdma':{'a':{}}"), "linux.resources.rdma.a: needs hcaHandles or hcaObjects"},
    {RESOURCES("'rdma':{'a/b':{'hcaHandles':1}}"), "linux.resources.rdma.a/b: must be a device's name"},
};

static const char *const good[] = {
    "",
    "'ociVersion':'1.0.2-dev'", "'ociVersion':'1.0.0-rc5+build.7'", "'ociVersion':'1.9.11'", "'ociVersion':'0.5.0-dev'",
    "'unknown':{'a':[1,2]}",
    "'annotations':{'a':''}",
    "'hostname':'" LONG_64 "'," ONLY("uts"),
    "'hostname':''",
    "'mounts':[{'destination':'/a','source':'','type':''}]",
    PROCESS("'env':['A=','B=x=y','A=2']"),
    PROCESS("'capabilities':{'bounding':['CAP_CHOWN','CAP_FROM_THE_FUTURE']}"),
    PROCESS("'user':{'uid':4294967294,'umask':511}"),
    PROCESS("'rlimits':[{'type':'RLIMIT_STACK','hard':18446744073709551615,'soft':18446744073709551615}]"),
    PROCESS("'terminal':false,'consoleSize':{'height':70000,'width':1}"),
    PROCESS("'execCPUAffinity':{'initial':' 0 - 3 , 7 ','final':''}"),
    SCHEDULER("'policy':'SCHED_OTHER','nice':-20"), SCHEDULER("'policy':'SCHED_RR','priority':99"), SCHEDULER("'policy':'SCHED_IDLE'"),
    SCHEDULER("'policy':'SCHED_DEADLINE','runtime':1024,'deadline':1024"),
    LINUX("'namespaces':[{'type':'user','path':'/proc/1/ns/user'}]"),
    LINUX("'namespaces':[{'type':'pid','path':''}]"),
    DEVICE("'path':'/dev/p','type':'p','major':-1"), DEVICE("'path':'/opt/x','type':'u','fileMode':8630"),
    DEVICE("'path':'/dev/x','type':'c'},{'path':'/dev/x','type':'c'"),
    LINUX("'cgroupsPath':'system.slice:dhow:a..b'"), LINUX("'cgroupsPath':''"),
    LINUX("'rootfsPropagation':'rshared'"), LINUX("'rootfsPropagation':''"),
    LINUX("'memoryPolicy':{'mode':'MPOL_PREFERRED'}"), LINUX("'memoryPolicy':{'mode':'MPOL_PREFERRED','nodes':'1'}"),
    LINUX("'intelRdt':{'l3CacheSchema':'L3CODE:0=f\\nL3DATA:0=f','memBwSchema':'MB:0=1'}"), LINUX("'intelRdt':{}"),
    NAMESPACE("ipc", "'sysctl':{'kernel.sem':'250\\t32000 32 128'}"), NAMESPACE("uts", "'sysctl':{'kernel.domainname':'x'}"),
    SECCOMP("'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':0"),
    RULE("'action':'SCMP_ACT_TRACE','errnoRet':65535"),
    RESOURCES("'devices':[{'allow':false,'type':'a','major':-1,'minor':-1,'access':'rwm'}]"),
    RESOURCES("'memory':{'limit':-1,'swap':-1,'kernel':0},'cpu':{'quota':-1,'period':0,'cpus':'','shares':0},'pids':{'limit':-1}"),
    RESOURCES("'blockIO':{'weight':0}"), RESOURCES("'hugepageLimits':[{'pageSize':'64KB','limit':0}]"),
    RESOURCES("'unified':{'cgroup.type':'threaded'}"),
};
// clang-format on

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        AUTO_ARENA struct arena arena = {};
        struct oci_config config;
        struct err err = {};
        if (parse(&arena, rows[i].config, &config, &err) == 0)
            CHECK_STR(rows[i].config, "to be refused");
        CHECK_HAS(err.text, rows[i].error);
        CHECK_INT(err.kind, ERR_INVALID);
    }
}

TEST(config_bad_process_is_refused_by_name)
{
    check_rows(bad_process, N_ELEMENTS(bad_process));
}
TEST(config_bad_outermost_members_are_refused_by_name)
{
    check_rows(bad_outside, N_ELEMENTS(bad_outside));
}
TEST(config_bad_linux_is_refused_by_name)
{
    check_rows(bad_linux, N_ELEMENTS(bad_linux));
}
TEST(config_bad_sysctl_is_refused_by_name)
{
    check_rows(bad_sysctl, N_ELEMENTS(bad_sysctl));
}
TEST(config_bad_seccomp_is_refused_by_name)
{
    check_rows(bad_seccomp, N_ELEMENTS(bad_seccomp));
}
TEST(config_bad_resources_are_refused_by_name)
{
    check_rows(bad_resources, N_ELEMENTS(bad_resources));
}

TEST(config_unusual_but_valid_is_accepted)
{
    for (size_t i = 0; i < N_ELEMENTS(good); i++) {
        AUTO_ARENA struct arena arena = {};
        struct oci_config config;
        struct err err = {};
        if (parse(&arena, good[i], &config, &err) < 0)
            CHECK_STR(good[i], err.text);
    }
}

// A configuration with n mappings between the two texts.
static int parse_maps(const char *before, const char *after, size_t n, struct err *err)
{
    AUTO_ARENA struct arena arena = {};
    AUTO_BUF struct buf text;
    buf_init(&text, 4'000'000);
    buf_text(&text, before);
    for (size_t i = 0; i < n; i++)
        buf_printf(&text, "%s{'containerID':%zu,'hostID':%zu,'size':1}", i != 0 ? "," : "", 2 * i,
                   2 * i);
    buf_text(&text, after);
    struct oci_config config;
    return parse(&arena, buf_get(&text), &config, err);
}

TEST(config_takes_as_many_mappings_as_the_kernel)
{
    struct err err = {};
    const char *before = "'mounts':[{'destination':'/a','gidMappings':[{'containerID':0,"
                         "'hostID':0,'size':1}],'uidMappings':[";
    CHECK_INT(parse_maps(before, "]}]", 340, &err), 0);
    CHECK(parse_maps(before, "]}]", 341, &err) < 0);
    CHECK_STR(err.text, "mounts[0].uidMappings: more than 340 mappings");
    CHECK(parse_maps(before, "]}]", 65536, &err) < 0);
}

// How many of the folder's files are accepted; *out_refused counts the rest.
static size_t count_accepted(const char *folder, size_t *out_refused)
{
    DIR *dir = opendir(folder);
    CHECK(dir != NULL);
    size_t accepted = 0, refused = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (!text_ends(entry->d_name, ".json"))
            continue;
        AUTO_ARENA struct arena arena = {};
        struct oci_config config;
        struct err err = {};
        if (oci_config_read(&arena, dirfd(dir), entry->d_name, &config, &err) == 0) {
            accepted++;
            continue;
        }
        refused++;
        CHECK_INT(err.kind, ERR_INVALID);
        CHECK(text_starts(err.text, entry->d_name));
    }
    (void)closedir(dir);
    *out_refused = refused;
    return accepted;
}

TEST(config_examples_of_the_specification)
{
    size_t refused;
    CHECK_INT(count_accepted("tests/data/oci/config/good", &refused), 5);
    CHECK_INT(refused, 0);
    CHECK_INT(count_accepted("tests/data/oci/config/bad", &refused), 0);
    CHECK_INT(refused, 4);
}

TEST(config_empty_texts_are_absent_and_destinations_absolute)
{
    AUTO_ARENA struct arena arena = {};
    struct oci_config config;
    struct err err = {};
    const char *row = "'hostname':'','mounts':[{'destination':'data','source':''}],"
                      "'annotations':{'k':''},'process':{'args':[''],'cwd':'/','env':['A='],"
                      "'apparmorProfile':''}," LINUX("'namespaces':[{'type':'mount','path':''}]");
    CHECK_INT(parse(&arena, row, &config, &err), 0);
    CHECK(config.hostname == NULL);
    CHECK_STR(config.mounts[0].destination, "/data");
    CHECK(config.mounts[0].source == NULL);
    CHECK_STR(oci_annotation_get(&config, "k"), "");
    CHECK(oci_annotation_get(&config, "l") == NULL);
    CHECK_STR(config.process->args[0], "");
    CHECK(config.process->apparmorProfile == NULL);
    CHECK(oci_namespace_get(&config, "mount")->path == NULL);
    CHECK(oci_namespace_get(&config, "pid") == NULL);
}

TEST(config_to_create_needs_more)
{
    static const struct row rows[] = {
        {"'root':{'path':'r'}", "process: is required"},
        {"'process':{'args':['a'],'cwd':'/'}", "root: is required"},
        {"'root':{'path':'r'},'process':{'args':['a'],'cwd':'/'}", ""},
        {"'root':{'path':'r','readonly':true},'process':{'args':['a'],'cwd':'/'}",
         "linux.namespaces: mounts, maskedPaths, readonlyPaths, rootfsPropagation and "
         "root.readonly need a mount namespace, for they would change the host's"},
        {"'root':{'path':'r'},'process':{'args':['a'],'cwd':'/'}," NAMESPACE(
             "mount", "'netDevices':{'a':{}}"),
         "linux.netDevices: needs a network namespace in linux.namespaces"},
        {"'root':{'path':'r'},'process':{'args':['a'],'cwd':'/'}," NAMESPACE("mount",
                                                                             "'sysctl':{}"),
         ""},
    };
    for (size_t i = 0; i < N_ELEMENTS(rows); i++) {
        AUTO_ARENA struct arena arena = {};
        struct oci_config config;
        struct err err = {};
        CHECK_INT(parse(&arena, rows[i].config, &config, &err), 0);
        int result = oci_config_check_create(&config, &err);
        CHECK_INT(result, *rows[i].error != '\0' ? -1 : 0);
        CHECK_STR(err.text, rows[i].error);
    }
}

TEST(process_and_resources_alone_are_checked_without_a_prefix)
{
    AUTO_ARENA struct arena arena = {};
    struct err err = {};
    struct oci_process process;
    const char *text = "{\"args\":[\"a\"],\"cwd\":\"b\"}";
    CHECK(oci_process_parse(&arena, text, strlen(text), &process, &err) < 0);
    CHECK_STR(err.text, "cwd: must be an absolute path: \"b\"");
    text = "{\"args\":[\"a\"],\"cwd\":\"/b\",\"selinuxLabel\":\"\"}";
    CHECK_INT(oci_process_parse(&arena, text, strlen(text), &process, &err), 0);
    CHECK(process.selinuxLabel == NULL);
    process.n_args = 0;
    CHECK(oci_process_check(&process, &err) < 0);
    CHECK_STR(err.text, "args: must not be empty");

    struct oci_resources resources;
    text = "{\"pids\":{\"limit\":-7}}";
    CHECK(oci_resources_parse(&arena, text, strlen(text), &resources, &err) < 0);
    CHECK_HAS(err.text, "pids.limit: must be -1");
    text = "{\"pids\":{\"limit\":7},\"cpu\":{\"cpus\":\"\"}}";
    CHECK_INT(oci_resources_parse(&arena, text, strlen(text), &resources, &err), 0);
    CHECK_INT(*resources.pids->limit, 7);
    CHECK(resources.cpu->cpus == NULL);
}

TEST(config_that_cannot_be_read_keeps_the_kind)
{
    AUTO_ARENA struct arena arena = {};
    struct oci_config config;
    struct err err = {};
    CHECK(oci_config_read(&arena, AT_FDCWD, "tests/data/oci/none.json", &config, &err) < 0);
    CHECK_INT(err.kind, ERR_NOT_FOUND);
}

TEST(state_round_trip_and_no_pid_when_stopped)
{
    AUTO_ARENA struct arena arena = {};
    struct oci_state state;
    struct err err = {};
    CHECK_INT(json_decode_file(&arena, AT_FDCWD, "tests/data/oci/state/spec-example.json",
                               oci_state_fields, &state, JSON_STRICT, &err),
              0);
    CHECK_STR(state.status, "running");
    CHECK_INT(state.pid, 4422);
    state.pid = 0;
    state.status = "stopped";
    AUTO_BUF struct buf out;
    buf_init(&out, 1000);
    json_encode(&out, oci_state_fields, &state, JSON_COMPACT);
    CHECK_STR(buf_get(&out), "{\"ociVersion\":\"0.2.0\",\"id\":\"oci-container1\",\"status\":"
                             "\"stopped\",\"bundle\":\"/containers/redis\",\"annotations\":{"
                             "\"myKey\":\"myValue\"}}");
}
