/* Integrated loudness, loudness range and true peak of a sound file by libebur128, as one line of JSON. */

#include <ebur128.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 65536 };

int main(int argc, char **argv) {
  SF_INFO info = {0};
  SNDFILE *file = argc == 2 ? sf_open(argv[1], SFM_READ, &info) : NULL;
  if (!file) {
    fprintf(stderr, "expected the path of a sound file\n");
    return 1;
  }
  ebur128_state *state =
      ebur128_init(info.channels, info.samplerate, EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK);
  double *block = malloc(sizeof(double) * BLOCK * info.channels);
  if (!state || !block) {
    fprintf(stderr, "out of memory\n");
    return 1;
  }
  sf_count_t frames;
  while ((frames = sf_readf_double(file, block, BLOCK)) > 0) {
    ebur128_add_frames_double(state, block, frames);
  }
  double integrated, range, peak = 0.0;
  ebur128_loudness_global(state, &integrated);
  ebur128_loudness_range(state, &range);
  for (int channel = 0; channel < info.channels; channel++) {
    double channel_peak;
    ebur128_true_peak(state, channel, &channel_peak);
    peak = fmax(peak, channel_peak);
  }
  printf("[%.6f, %.6f, %.6f]\n", integrated, range, 20.0 * log10(peak));
  free(block);
  ebur128_destroy(&state);
  sf_close(file);
  return 0;
}
