#define CAF_SUITE log_settings

#include "actors/inspect/log_settings.hpp"

#include <caf/test/dsl.hpp>

using namespace causeway;

CAF_TEST(the defaults of the configuration are those of the log) {
  log_settings wanted;
  wanted.output.max_file_size = 64u << 20;
  wanted.output.kept_files = 5;
  CAF_CHECK(log_settings_of({}) == wanted);
}

CAF_TEST(each part may have a level of its own) {
  config::log x;
  x.level = "warn";
  x.levels.c2s = "trace";
  x.levels.transport = "error";
  auto settings = log_settings_of(x);
  CAF_CHECK(settings.level_of(log_component::node) == log_level::warn);
  CAF_CHECK(settings.level_of(log_component::c2s) == log_level::trace);
  CAF_CHECK(settings.level_of(log_component::transport) == log_level::error);
}

CAF_TEST(every output has its destination) {
  auto of = [](const char* output) {
    config::log x;
    x.output = output;
    return log_settings_of(x).output.to;
  };
  CAF_CHECK(of("auto") == log_destination::automatic);
  CAF_CHECK(of("stderr") == log_destination::standard_error);
  CAF_CHECK(of("journal") == log_destination::journal);
  CAF_CHECK(of("file") == log_destination::file);
}
