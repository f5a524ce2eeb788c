#pragma once

#include "actors/inspect/counters.hpp"
#include "actors/interfaces.hpp"
#include "actors/routing/delivery.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace causeway {

/// The way to the router for everybody, whichever router it is right now, and
/// the return address of every stanza. While there is no living router,
/// stanzas wait here, each with the read credit that bounds their number, and
/// reach the next router in their old order. Every member may be called from
/// any thread.
class router_door : public return_address,
                    public std::enable_shared_from_this<router_door> {
 public:
  explicit router_door(std::shared_ptr<counters> counts);
  ~router_door() override;

  /// A stanza of a client.
  void send(stanza_in x);
  /// A stanza of the server itself, guarded like any other.
  void send(stanza_made x);
  /// A link's last presence; overtakes the stanzas that wait.
  void send(presence_restored x);

  /// From now on everything waits until `set`: the router is being replaced.
  void suspend();
  /// Opens the door to a router that knows every route, and hands it what
  /// waits.
  void set(router_actor router);
  router_actor get() const;

  /// The node stops: drops the handle and what waits. What is given back from
  /// now on is only counted.
  void close();

  /// Number of stanzas that wait for a router.
  std::size_t waiting() const;

  void give_back(delivery& dropped) noexcept override;

 private:
  /// A stanza as the router is to see it.
  struct parcel {
    delivery_ptr stanza;
    /// `stanza_returned`, not `stanza_in`.
    bool returned = false;
  };

  void forward(parcel x);
  bool try_send(const router_actor& router, parcel& x);
  /// It comes too late: there is no router any more.
  void lose(parcel& x);

  std::shared_ptr<counters> counts_;
  mutable std::mutex mutex_;
  router_actor router_;
  /// Counts the calls of `set`.
  std::uint64_t generation_ = 0;
  bool suspended_ = true;
  bool closed_ = false;
  std::vector<parcel> waiting_;
  std::vector<presence_restored> presences_;
};

} // namespace causeway
