#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace boost::asio {
class io_context;
}

namespace causeway {

/// The threads that run sockets, timers and, through `use_io_threads`, actors.
/// Each has an event loop of its own, in which its connections stay. Belongs to
/// main; outlives the actor system and everything in this folder.
class io_threads {
 public:
  /// `count` 0 means one per core. Also makes the process ignore SIGPIPE,
  /// since OpenSSL writes to sockets without MSG_NOSIGNAL.
  explicit io_threads(std::size_t count = 0);
  io_threads(const io_threads&) = delete;
  io_threads& operator=(const io_threads&) = delete;
  /// Calls `stop`. What is still queued is dropped unrun.
  ~io_threads();

  /// Starts the threads and returns; call it once.
  void run();

  /// Ends and joins the threads; not from one of them. The actor system must
  /// be gone by then.
  void stop();

  /// Calls back on one of the threads with every SIGINT, SIGTERM
  /// and SIGHUP.
  void on_signal(std::function<void(int)> callback);

  /// Calls back on one of the threads, unless `stop` comes first.
  void post_after(
    std::chrono::milliseconds delay, std::function<void()> callback);

  /// Calls back on one of the threads once each of them has come by; never if
  /// one hangs.
  void when_all_passed(std::function<void()> callback);

  std::size_t size() const;

  // For this folder.

  /// The event loop of one thread; the first one also has what is no
  /// connection: listening sockets, names, signals.
  boost::asio::io_context& context(std::size_t thread = 0);
  /// Which of the threads calls; nothing if none does.
  std::optional<std::size_t> this_thread() const;
  /// For a new connection, or a call from elsewhere: the threads take turns.
  std::size_t next_thread();
  /// For a connection that belongs to what the calling thread does; the next
  /// one if it is no thread of ours.
  boost::asio::io_context& this_context();

 private:
  struct loop;
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace causeway
