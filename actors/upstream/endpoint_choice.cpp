#include "actors/upstream/endpoint_choice.hpp"

#include "actors/transport/client_network.hpp"
#include "protocol/jid.hpp"

#include <cmath>
#include <cstdint>

namespace causeway {

namespace {

// FNV-1a; std::hash may differ from one process to the next.
std::uint64_t add(std::uint64_t hash, std::string_view text) {
  for (auto c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

// Every bit of the hash decides about every bit of the result (MurmurHash3).
std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccd;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53;
  return x ^ (x >> 33);
}

} // namespace

std::string choice_key(const protocol::stream_wish& wish,
  std::string_view client, std::string_view stream_id) {
  auto key = wish.to + '\n';
  auto from = protocol::jid::parse(wish.from);
  // A domain alone is that of all clients.
  if (from && !from->local().empty())
    return key + to_string(from->bare());
  auto network = client_network(client);
  return network.empty() ? key.append(stream_id) : key + network;
}

double preference(
  std::string_view key, std::string_view endpoint, double weight) {
  constexpr std::uint64_t basis = 0xcbf29ce484222325;
  auto hash = mix(add(add(add(basis, key), "\n"), endpoint));
  // Between 0 and 1, and neither of them.
  auto drawn = (static_cast<double>(hash >> 12) + 0.5) * 0x1p-52;
  return weight / -std::log(drawn);
}

} // namespace causeway
