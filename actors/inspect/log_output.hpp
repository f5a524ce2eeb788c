#pragma once

#include "actors/inspect/log_record.hpp"
#include "protocol/result.hpp"

#include <memory>
#include <string>

namespace causeway {

/// Where the lines of the log go.
enum class log_destination : std::uint8_t {
  /// The journal if standard error leads there anyway, else standard error.
  automatic,
  standard_error,
  journal,
  file,
};

struct log_output_settings {
  log_destination to = log_destination::automatic;
  /// A JSON object per line; the journal has fields of its own.
  bool json = false;
  /// With `file`: where, and when another one begins. The older ones are
  /// PATH.1, PATH.2 with the suffix of the name behind the number.
  std::string file;
  std::size_t max_file_size = 0;
  std::size_t kept_files = 0;

  bool operator==(const log_output_settings&) const = default;
};

/// Takes events one by one, on the thread that writes the log. What throws has
/// not been written.
class log_output {
 public:
  log_output() = default;
  log_output(const log_output&) = delete;
  log_output& operator=(const log_output&) = delete;
  virtual ~log_output() = default;

  virtual void write(const log_record& x) = 0;
  virtual void flush() = 0;
};

/// The error is a sentence for the operator.
protocol::result<std::unique_ptr<log_output>, std::string> open_log_output(
  const log_output_settings& x);

/// The journal of systemd, whose socket is at `path`.
protocol::result<std::unique_ptr<log_output>, std::string> open_journal(
  const std::string& path);

inline constexpr auto journal_socket = "/run/systemd/journal/socket";

/// One event as the journal takes it: MESSAGE, PRIORITY, and each field under
/// a name of its own, so that `journalctl CAUSEWAY_SID=...` finds it.
std::string to_journal(const log_record& x);

/// Whether standard error is the stream that systemd named in JOURNAL_STREAM.
bool stderr_is_journal();

} // namespace causeway
