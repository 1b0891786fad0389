// A C program for the tests: what wasi-libc sees of arguments, environment, working directory and
// files. It prints the same however it is built.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void show(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) {
    printf("%s: %s\n", path, strerror(errno));
    return;
  }
  char text[64] = {0};
  size_t count = fread(text, 1, sizeof text - 1, file);
  struct stat stat;
  fstat(fileno(file), &stat);
  printf("%s: %zu of %lld: %s\n", path, count, (long long)stat.st_size, text);
  fclose(file);
}

int main(int argc, char **argv) {
  for (int at = 1; at < argc; at++) printf("argument %s\n", argv[at]);
  printf("GIVEN=%s\n", getenv("GIVEN") ? getenv("GIVEN") : "(none)");
  printf("HOST_SECRET=%s\n", getenv("HOST_SECRET") ? getenv("HOST_SECRET") : "(none)");
  show("/site/a.txt");
  show("/etc/passwd");
  DIR *directory = opendir("/site");
  for (struct dirent *entry; directory && (entry = readdir(directory));)
    if (entry->d_name[0] != '.') printf("entry %s\n", entry->d_name);
  FILE *made = fopen("/tmp/made", "w");
  if (made) {
    fputs("written", made);
    fclose(made);
  }
  show("/tmp/made");
  return 0;
}
