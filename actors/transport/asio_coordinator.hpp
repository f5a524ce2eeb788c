#pragma once

#include <memory>

namespace caf {
class actor_system_config;
}

namespace causeway {

class io_threads;
class run_record;

/// Makes the actor system run its scheduled actors on these threads, so that a
/// message from a socket to an actor and back needs no other thread. They must
/// run before the actor system is made and until it is gone. Detached actors
/// keep their own threads. `record`, which outlives the actor system, tells
/// which actor each thread runs.
void use_io_threads(caf::actor_system_config& config, io_threads& threads,
  std::shared_ptr<run_record> record);

} // namespace causeway
