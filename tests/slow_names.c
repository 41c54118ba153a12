// Preloaded into a process: looking up a name that ends in `.slow.test` hangs until the file named by
// SLOW_NAMES is gone; then it is 127.0.0.1. Nothing can interrupt it, as with a name server that is down.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int Lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    static const char ending[] = ".slow.test";
    Lookup *real = (Lookup *)dlsym(RTLD_NEXT, "getaddrinfo");
    size_t length = name ? strlen(name) : 0;
    if (length > strlen(ending) && !strcmp(name + length - strlen(ending), ending)) {
        const char *hangs = getenv("SLOW_NAMES");
        while (hangs && !access(hangs, F_OK))
            usleep(20000);
        name = "127.0.0.1";
    }
    return real(name, service, hints, found);
}
