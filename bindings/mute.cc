// Closes standard error while libtensorflow is loaded: two lines of its static initialisation obey no log level.
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

static int saved = -1;

static napi_value mute(napi_env, napi_callback_info) {
  if (saved >= 0) return nullptr;
  int null = open("/dev/null", O_WRONLY);
  if (null < 0) return nullptr;
  saved = dup(2);
  if (saved >= 0) dup2(null, 2);
  close(null);
  return nullptr;
}

static napi_value unmute(napi_env, napi_callback_info) {
  if (saved < 0) return nullptr;
  dup2(saved, 2);
  close(saved);
  saved = -1;
  return nullptr;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "mute", NAPI_AUTO_LENGTH, mute, nullptr, &function);
  napi_set_named_property(env, exports, "mute", function);
  napi_create_function(env, "unmute", NAPI_AUTO_LENGTH, unmute, nullptr, &function);
  napi_set_named_property(env, exports, "unmute", function);
  return exports;
}
