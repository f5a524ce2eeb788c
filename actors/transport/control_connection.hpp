#pragma once

#include "actors/handle_cell.hpp"
#include "actors/inspect/line_feed.hpp"
#include "actors/interfaces.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

/// One client of the control socket; part of control_socket.cpp.
namespace causeway {

using control_executor = boost::asio::io_context::executor_type;
using control_stream =
  boost::asio::basic_stream_socket<boost::asio::local::stream_protocol,
    control_executor>;

/// Reads a line, has the admin answer it, writes the answer, and so on. Every
/// member runs on the thread of the stream.
class control_connection
  : public std::enable_shared_from_this<control_connection> {
 public:
  control_connection(
    control_stream stream, std::shared_ptr<handle_cell<admin_actor>> admin);

  /// Serves until the client leaves.
  void start();
  /// Writes one error and closes.
  void refuse(std::string_view reason);
  void close();
  bool is_open() const { return stream_.is_open(); }

  /// The answer to question `number`; may be called from any thread. Late
  /// answers are dropped.
  void post_answer(std::uint64_t number, std::string json);

  /// The same for an answer of many lines.
  void post_stream(std::uint64_t number, std::shared_ptr<line_feed> lines);

 private:
  void read();
  void take_line(std::size_t size);
  void ask(std::string line);
  void answer(std::uint64_t number, std::string json);
  void stream(std::uint64_t number, std::shared_ptr<line_feed> lines);
  void pump_soon();
  void pump();
  void watch_client();
  void write(std::string line, bool last);
  template <class F>
  void arm(std::chrono::milliseconds after, F f);

  control_stream stream_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
    boost::asio::wait_traits<std::chrono::steady_clock>, control_executor>
    timer_;
  std::shared_ptr<handle_cell<admin_actor>> admin_;
  std::string input_;
  std::string output_;
  /// Number of the question that waits for its answer, 0 if none does.
  std::uint64_t awaited_ = 0;
  std::uint64_t asked_ = 0;
  /// The answer that goes on; what comes from the client meanwhile ends it.
  std::shared_ptr<line_feed> lines_;
  bool writing_ = false;
  std::array<char, 64> unwanted_;
};

} // namespace causeway
