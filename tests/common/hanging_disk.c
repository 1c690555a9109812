/* A disk that hangs: each fsync and fdatasync waits as long as the file that DISK_HANGS_WHILE names exists, a minute at most. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int after_waiting(const char *name, int file) {
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *sign = getenv("DISK_HANGS_WHILE");
    const struct timespec moment = {0, 10 * 1000 * 1000};
    for (int moments = 0; sign && moments < 6000 && access(sign, F_OK) == 0; moments++)
        nanosleep(&moment, NULL);
    return sync(file);
}

int fsync(int file) { return after_waiting("fsync", file); }
int fdatasync(int file) { return after_waiting("fdatasync", file); }
