#pragma once

#include "tools/load/login_queue.hpp"
#include "tools/load/report.hpp"
#include "tools/load/traffic.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <map>

namespace causeway::load {

/// One run: logs all clients in, measures the server while they talk or
/// idle, checks that nothing is missing, and logs out.
class workload final : public client_handler {
 public:
  using clock = std::chrono::steady_clock;

  workload(boost::asio::io_context& io, const options& opts,
    const server_address& server);

  /// Returns when the run is over.
  report run();
  /// Ends the measured phase early; may be called while `run` runs.
  void interrupt() { interrupted_ = true; }

 private:
  enum class phase {
    logging_in,
    settling,
    warming_up,
    measuring,
    draining,
    acking,
    closing,
    done,
  };

  void on_ready(xmpp_client& x) override;
  void on_message(
    xmpp_client& x, const tag_view& tag, std::string_view text) override;
  void on_end(
    xmpp_client& x, bool at_login, const std::string& reason) override;

  void schedule_tick();
  void tick();
  void enter(phase x);
  void advance();
  void end_logins();
  void begin_measuring();
  void end_measuring();
  void check_clients();
  bool measured_enough() const;
  bool all_acked() const;
  void request_acks();
  void close_all();
  void give_up(const std::string& reason);
  void note_reason(const std::string& reason);
  void show_progress();
  std::size_t ready_clients() const;
  double in_phase() const;

  boost::asio::io_context& io_;
  const options& options_;
  client_list clients_;
  login_queue logins_;
  traffic traffic_;
  process_stats server_stats_;
  boost::asio::steady_timer timer_;
  phase phase_ = phase::logging_in;
  clock::time_point began_ = clock::now();
  clock::time_point phase_began_ = began_;
  clock::time_point next_progress_ = began_;
  clock::time_point next_request_ = began_;
  clock::time_point next_check_ = began_;
  clock::time_point last_login_ = began_;
  clock::time_point measuring_began_ = began_;
  bool all_broken_ = false;
  std::map<pid_t, process_cpu> cpu_before_;
  double own_before_ = 0;
  std::uint64_t delivered_before_ = 0;
  bool interrupted_ = false;
  report report_;
};

} // namespace causeway::load
