/* A video camera that is not there, for tests: preloaded, it answers the V4L2 calls of a process for one device.
 *
 *   FAKE_V4L2_DEVICE   the device path, /dev/video0 unless given
 *   FAKE_V4L2_SIZE     WIDTHxHEIGHT, 160x120 unless given
 *   FAKE_V4L2_YUYV     file of raw YUYV pictures, one after the other, played in a loop
 *   FAKE_V4L2_MJPEG    file of JPEG pictures, each after its length as four bytes, least significant first
 *   FAKE_V4L2_FPS      pictures a second, 25 unless given
 *   FAKE_V4L2_UNPLUG   after so many pictures the device is gone
 *   FAKE_V4L2_STALL    after so many pictures no more come
 *   FAKE_V4L2_REPLUG   seconds after which an unplugged device is there again, as new
 *
 * The camera offers the formats for which there is a file. The descriptor is a timer, so that poll() works on it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 8 };

struct pictures {
    uint8_t *data;
    size_t size, at;
};

static struct {
    int fd;                /* -1: not open */
    uint32_t width, height, format, length;
    struct pictures yuyv, mjpeg;
    uint8_t *buffer[BUFFERS];
    uint32_t queue[BUFFERS], queued, sequence;
    double gone;           /* when it was unplugged; 0: it is there */
    int unplugs;
} cam = {.fd = -1};

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const char *text(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int is_camera(const char *path) { return path && !strcmp(path, text("FAKE_V4L2_DEVICE", "/dev/video0")); }

static int present(void) {
    const char *back = text("FAKE_V4L2_REPLUG", NULL);
    if (cam.gone && back && now() - cam.gone > atof(back)) cam.gone = 0;
    return cam.gone == 0;
}

static void load(struct pictures *pictures, const char *variable) {
    const char *path = text(variable, NULL);
    FILE *file = path && !pictures->data ? fopen(path, "rb") : NULL;
    if (!file) return;
    fseek(file, 0, SEEK_END);
    pictures->size = ftell(file);
    rewind(file);
    pictures->data = malloc(pictures->size);
    if (fread(pictures->data, 1, pictures->size, file) != pictures->size) pictures->size = 0;
    fclose(file);
}

static void choose(uint32_t format) {
    int mjpeg = cam.mjpeg.size && (format == V4L2_PIX_FMT_MJPEG || !cam.yuyv.size);
    cam.format = mjpeg ? V4L2_PIX_FMT_MJPEG : V4L2_PIX_FMT_YUYV;
    cam.length = cam.width * cam.height * 2;
}

static int plug_in(int flags) {
    if (!present()) {
        errno = ENOENT;
        return -1;
    }
    load(&cam.yuyv, "FAKE_V4L2_YUYV");
    load(&cam.mjpeg, "FAKE_V4L2_MJPEG");
    sscanf(text("FAKE_V4L2_SIZE", "160x120"), "%ux%u", &cam.width, &cam.height);
    choose(0);
    cam.sequence = cam.queued = 0;
    cam.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | (flags & O_NONBLOCK ? TFD_NONBLOCK : 0));
    return cam.fd;
}

#define OPEN(name)                                            \
    int name(const char *path, int flags, ...) {              \
        va_list rest;                                         \
        va_start(rest, flags);                                \
        mode_t mode = va_arg(rest, mode_t);                   \
        va_end(rest);                                         \
        return is_camera(path) ? plug_in(flags) : REAL(name)(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

int stat(const char *path, struct stat *result) {
    if (!is_camera(path)) return REAL(stat)(path, result);
    if (!present()) {
        errno = ENOENT;
        return -1;
    }
    memset(result, 0, sizeof *result);
    result->st_mode = S_IFCHR | 0660;
    result->st_rdev = makedev(81, 0);
    return 0;
}

int close(int fd) {
    if (fd >= 0 && fd == cam.fd) cam.fd = -1;
    return REAL(close)(fd);
}

static void *map(size_t length, off_t offset) {
    void *memory = REAL(mmap)(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cam.buffer[offset / sysconf(_SC_PAGESIZE) % BUFFERS] = memory;
    return memory;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    if (fd >= 0 && fd == cam.fd) return map(length, offset);
    return REAL(mmap)(address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
    if (fd >= 0 && fd == cam.fd) return map(length, offset);
    return REAL(mmap64)(address, length, protection, flags, fd, offset);
}

static void run(int on) {
    struct itimerspec every = {{0, 0}, {0, 0}};
    if (on) every.it_interval.tv_nsec = every.it_value.tv_nsec = 1e9 / atof(text("FAKE_V4L2_FPS", "25"));
    timerfd_settime(cam.fd, 0, &every, NULL);
}

static uint32_t next_picture(uint8_t *into) {
    struct pictures *pictures = cam.format == V4L2_PIX_FMT_MJPEG ? &cam.mjpeg : &cam.yuyv;
    uint32_t length = cam.length;
    if (pictures->at >= pictures->size) pictures->at = 0;
    if (cam.format == V4L2_PIX_FMT_MJPEG) {
        memcpy(&length, pictures->data + pictures->at, sizeof length);
        pictures->at += sizeof length;
    }
    memcpy(into, pictures->data + pictures->at, length);
    pictures->at += length;
    return length;
}

static int fail(int error) {
    errno = error;
    return -1;
}

static int dequeue(struct v4l2_buffer *buffer) {
    uint32_t unplug = atoi(text("FAKE_V4L2_UNPLUG", "0")), stall = atoi(text("FAKE_V4L2_STALL", "0"));
    uint64_t ticks;
    if (unplug && !cam.unplugs && cam.sequence >= unplug) {
        cam.unplugs = 1;
        cam.gone = now();
    }
    if (!present()) return fail(ENODEV);
    if (stall && cam.sequence >= stall) run(0);
    if (!cam.queued || read(cam.fd, &ticks, sizeof ticks) != sizeof ticks) return fail(EAGAIN);
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    buffer->index = cam.queue[0];
    memmove(cam.queue, cam.queue + 1, --cam.queued * sizeof *cam.queue);
    buffer->bytesused = next_picture(cam.buffer[buffer->index]);
    buffer->length = cam.length;
    buffer->sequence = cam.sequence++;
    buffer->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    buffer->field = V4L2_FIELD_NONE;
    buffer->timestamp.tv_sec = t.tv_sec;
    buffer->timestamp.tv_usec = t.tv_nsec / 1000;
    return 0;
}

static int describe_format(struct v4l2_fmtdesc *description) {
    uint32_t formats[2], count = 0;
    if (cam.yuyv.size) formats[count++] = V4L2_PIX_FMT_YUYV;
    if (cam.mjpeg.size) formats[count++] = V4L2_PIX_FMT_MJPEG;
    if (description->index >= count) return fail(EINVAL);
    description->pixelformat = formats[description->index];
    description->flags = description->pixelformat == V4L2_PIX_FMT_MJPEG ? V4L2_FMT_FLAG_COMPRESSED : 0;
    return 0;
}

static int picture_format(struct v4l2_format *format, int set) {
    struct v4l2_pix_format *pix = &format->fmt.pix;
    if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return fail(EINVAL);
    if (set) choose(pix->pixelformat);
    pix->width = cam.width;
    pix->height = cam.height;
    pix->pixelformat = cam.format;
    pix->field = V4L2_FIELD_NONE;
    pix->bytesperline = cam.format == V4L2_PIX_FMT_YUYV ? cam.width * 2 : 0;
    pix->sizeimage = cam.length;
    pix->colorspace = V4L2_COLORSPACE_SRGB;
    return 0;
}

static int answer(unsigned request, void *argument) {
    struct v4l2_capability *capability = argument;
    struct v4l2_frmsizeenum *size = argument;
    struct v4l2_streamparm *parameters = argument;
    struct v4l2_requestbuffers *wanted = argument;
    struct v4l2_buffer *buffer = argument;
    struct v4l2_input *input = argument;
    if (!present()) return fail(ENODEV);
    switch (request) {
    case VIDIOC_QUERYCAP:
        memset(capability, 0, sizeof *capability);
        strcpy((char *)capability->driver, "fake");
        strcpy((char *)capability->card, "fake camera");
        capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        capability->capabilities = capability->device_caps | V4L2_CAP_DEVICE_CAPS;
        return 0;
    case VIDIOC_ENUM_FMT:
        return describe_format(argument);
    case VIDIOC_ENUM_FRAMESIZES:
        if (size->index) return fail(EINVAL);
        size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
        size->discrete.width = cam.width;
        size->discrete.height = cam.height;
        return 0;
    case VIDIOC_G_FMT:
        return picture_format(argument, 0);
    case VIDIOC_S_FMT:
    case VIDIOC_TRY_FMT:
        return picture_format(argument, 1);
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM:
        parameters->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
        parameters->parm.capture.timeperframe.numerator = 1;
        parameters->parm.capture.timeperframe.denominator = atoi(text("FAKE_V4L2_FPS", "25"));
        return 0;
    case VIDIOC_G_INPUT:
        *(int *)argument = 0;
        return 0;
    case VIDIOC_S_INPUT:
        return 0;
    case VIDIOC_ENUMINPUT:
        if (input->index) return fail(EINVAL);
        input->type = V4L2_INPUT_TYPE_CAMERA;
        input->std = 0;
        return 0;
    case VIDIOC_REQBUFS:
        if (wanted->memory != V4L2_MEMORY_MMAP) return fail(EINVAL);
        if (wanted->count > BUFFERS) wanted->count = BUFFERS;
        cam.queued = 0;
        return 0;
    case VIDIOC_QUERYBUF:
        buffer->length = cam.length;
        buffer->m.offset = buffer->index * sysconf(_SC_PAGESIZE);
        buffer->flags = 0;
        return 0;
    case VIDIOC_QBUF:
        cam.queue[cam.queued++] = buffer->index;
        return 0;
    case VIDIOC_DQBUF:
        return dequeue(buffer);
    case VIDIOC_STREAMON:
        run(1);
        return 0;
    case VIDIOC_STREAMOFF:
        run(0);
        cam.queued = 0;
        return 0;
    case VIDIOC_QUERYCTRL:
    case VIDIOC_G_CTRL:
        return fail(EINVAL);
    default:
        return fail(ENOTTY);
    }
}

int ioctl(int fd, unsigned long request, ...) {
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (fd >= 0 && fd == cam.fd) return answer((unsigned)request, argument);
    return REAL(ioctl)(fd, request, argument);
}
