#include "actors/inspect/log_output.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <utility>

namespace causeway {

namespace {

using output_result =
  protocol::result<std::unique_ptr<log_output>, std::string>;

// Text or JSON to what spdlog writes to.
class line_output : public log_output {
 public:
  line_output(spdlog::sink_ptr to, bool json)
    : to_{std::move(to)}, json_{json} {
    to_->set_pattern("%v");
  }

  void write(const log_record& x) override {
    auto line = json_ ? to_json(x) : to_text(x);
    to_->log({{}, spdlog::level::info, line});
  }

  void flush() override { to_->flush(); }

 private:
  spdlog::sink_ptr to_;
  bool json_;
};

output_result open_file(const log_output_settings& x) {
  try {
    return std::unique_ptr<log_output>{std::make_unique<line_output>(
      std::make_shared<spdlog::sinks::rotating_file_sink_st>(
        x.file, x.max_file_size, x.kept_files),
      x.json)};
  } catch (const spdlog::spdlog_ex& error) {
    // Names the file.
    return std::string{error.what()};
  }
}

} // namespace

output_result open_log_output(const log_output_settings& x) {
  switch (x.to) {
  case log_destination::file: return open_file(x);
  case log_destination::journal: return open_journal(journal_socket);
  case log_destination::automatic:
    if (stderr_is_journal())
      if (auto journal = open_journal(journal_socket))
        return journal;
    break;
  case log_destination::standard_error: break;
  }
  return std::unique_ptr<log_output>{std::make_unique<line_output>(
    std::make_shared<spdlog::sinks::stderr_sink_st>(), x.json)};
}

} // namespace causeway
