/* Between a program and the C library: every operation on a file below one folder is counted, and one of them fails.

   `fault_arm(root, number, mode)` begins: the operation of that number (from 1) kills the process (mode 0), or fails
   with the errno `mode`. Once failed, a disk stays full: with ENOSPC every later write fails as well.
   `fault_count()` tells how many there have been. Reading is not counted. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char root[PATH_MAX];
static size_t root_length;
static int target, mode;
static atomic_int seen;

void fault_arm(const char *folder, int number, int how) {
  strncpy(root, folder, sizeof root - 1);
  root_length = strlen(root);
  target = number;
  mode = how;
  atomic_store(&seen, 0);
}

int fault_count(void) { return atomic_load(&seen); }

static int fails(int is_write) {
  int number = atomic_fetch_add(&seen, 1) + 1;
  if (!target || number < target) return 0;
  if (number > target && !(mode == ENOSPC && is_write)) return 0;
  if (mode == 0) kill(getpid(), SIGKILL);
  errno = mode;
  return 1;
}

static int below(const char *path) {
  char whole[PATH_MAX];
  if (!root_length || !path) return 0;
  if (path[0] != '/') {
    if (!getcwd(whole, sizeof whole)) return 0;
    strncat(whole, "/", sizeof whole - strlen(whole) - 1);
    strncat(whole, path, sizeof whole - strlen(whole) - 1);
    path = whole;
  }
  return strncmp(path, root, root_length) == 0;
}

static int below_at(int folder, const char *path) {
  char link[64], whole[PATH_MAX];
  if (!path) return 0;
  if (path[0] == '/' || folder == AT_FDCWD) return below(path);
  snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
  ssize_t length = readlink(link, whole, sizeof whole - 1);
  if (length < 0) return 0;
  whole[length] = 0;
  return below(whole);
}

static int of_file(int descriptor) {
  char link[64], whole[PATH_MAX];
  if (!root_length || descriptor < 3) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, whole, sizeof whole - 1);
  if (length < 0) return 0;
  whole[length] = 0;
  return whole[0] == '/' && below(whole);
}

#define NEXT(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))
#define WRITES(flags) ((flags) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))

#define OPEN(name)                                                  \
  int name(const char *path, int flags, ...) {                      \
    va_list rest;                                                   \
    va_start(rest, flags);                                          \
    mode_t permissions = va_arg(rest, mode_t);                      \
    va_end(rest);                                                   \
    if (WRITES(flags) && below(path) && fails(1)) return -1;        \
    return NEXT(name)(path, flags, permissions);                    \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                       \
  int name(int folder, const char *path, int flags, ...) {                 \
    va_list rest;                                                          \
    va_start(rest, flags);                                                 \
    mode_t permissions = va_arg(rest, mode_t);                             \
    va_end(rest);                                                          \
    if (WRITES(flags) && below_at(folder, path) && fails(1)) return -1;    \
    return NEXT(name)(folder, path, flags, permissions);                   \
  }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int descriptor, const void *data, size_t count) {
  if (of_file(descriptor) && fails(1)) return -1;
  return NEXT(write)(descriptor, data, count);
}

ssize_t writev(int descriptor, const struct iovec *data, int count) {
  if (of_file(descriptor) && fails(1)) return -1;
  return NEXT(writev)(descriptor, data, count);
}

int fsync(int descriptor) {
  if (of_file(descriptor) && fails(1)) return -1;
  return NEXT(fsync)(descriptor);
}

int ftruncate(int descriptor, off_t length) {
  if (of_file(descriptor) && fails(1)) return -1;
  return NEXT(ftruncate)(descriptor, length);
}

int ftruncate64(int descriptor, off64_t length) {
  if (of_file(descriptor) && fails(1)) return -1;
  return NEXT(ftruncate64)(descriptor, length);
}

int mkdir(const char *path, mode_t permissions) {
  if (below(path) && fails(1)) return -1;
  return NEXT(mkdir)(path, permissions);
}

int rename(const char *from, const char *to) {
  if (below(to) && fails(0)) return -1;
  return NEXT(rename)(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
  if (below_at(to_folder, to) && fails(0)) return -1;
  return NEXT(renameat)(from_folder, from, to_folder, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
  if (below_at(to_folder, to) && fails(0)) return -1;
  return NEXT(renameat2)(from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to) {
  if (below(to) && fails(1)) return -1;
  return NEXT(link)(from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
  if (below_at(to_folder, to) && fails(1)) return -1;
  return NEXT(linkat)(from_folder, from, to_folder, to, flags);
}

int unlink(const char *path) {
  if (below(path) && fails(0)) return -1;
  return NEXT(unlink)(path);
}

int unlinkat(int folder, const char *path, int flags) {
  if (below_at(folder, path) && fails(0)) return -1;
  return NEXT(unlinkat)(folder, path, flags);
}

int rmdir(const char *path) {
  if (below(path) && fails(0)) return -1;
  return NEXT(rmdir)(path);
}
