#pragma once

#include "actors/transport/dns_resolver.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <ares.h>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace causeway {

/// Questions under way, by name: who asks what is being asked already waits
/// for the same answer.
template <class Answer>
class open_questions {
 public:
  using callback = std::function<void(Answer)>;

  /// Returns true for the first who asks.
  bool add(const std::string& name, callback done) {
    auto& list = waiting_[name];
    list.push_back(std::move(done));
    return list.size() == 1;
  }

  /// Those who wait for a name; they wait no more.
  std::vector<callback> take(const std::string& name) {
    auto node = waiting_.extract(name);
    return node ? std::move(node.mapped()) : std::vector<callback>{};
  }

  void clear() { waiting_.clear(); }

 private:
  std::unordered_map<std::string, std::vector<callback>> waiting_;
};

/// A channel of c-ares with its sockets and its timer on one thread. All
/// members but `open` run there.
class dns_channel : public std::enable_shared_from_this<dns_channel> {
 public:
  using srv_callback = open_questions<resolver::srv_answer>::callback;
  using host_callback = open_questions<resolver::host_answer>::callback;
  using executor_type = boost::asio::io_context::executor_type;

  explicit dns_channel(boost::asio::io_context& context);
  dns_channel(const dns_channel&) = delete;
  dns_channel& operator=(const dns_channel&) = delete;
  /// Calls nobody back: without `close`, the io threads have ended.
  ~dns_channel();

  /// Returns what is wrong, or an empty text.
  std::string open(
    const std::vector<std::string>& name_servers, const dns_limits& limits);

  void find_srv(const std::string& name, srv_callback done);
  void find_host(const std::string& name, host_callback done);

  /// Answers all open questions with an error.
  void close();

  const executor_type& executor() const { return executor_; }

 private:
  /// A socket of c-ares, which opens and closes it.
  struct watch {
    explicit watch(const executor_type& x) : socket{x} {}

    boost::asio::posix::basic_stream_descriptor<executor_type> socket;
    /// What c-ares waits for, and what we wait for.
    bool wants_read = false, wants_write = false;
    bool reading = false, writing = false;
    bool closed = false;
  };
  using watch_ptr = std::shared_ptr<watch>;

  /// What a C callback gets back.
  struct question;

  void watch_socket(int descriptor, bool read, bool write) noexcept;
  void wait(const watch_ptr& x);
  void process(int readable, int writable);
  void start_timer();
  template <class Answer>
  void answer(
    open_questions<Answer>& from, const std::string& name, const Answer& found);
  void take_srv(
    const std::string& name, int status, std::span<const unsigned char> bytes);
  void take_host(const std::string& name, int status, ares_addrinfo* list);

  executor_type executor_;
  ares_channel channel_ = nullptr;
  std::map<int, watch_ptr> watches_;
  boost::asio::steady_timer::rebind_executor<executor_type>::other timer_;
  open_questions<resolver::srv_answer> srv_;
  open_questions<resolver::host_answer> hosts_;
};

} // namespace causeway
