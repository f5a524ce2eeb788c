#include "actors/c2s/stream_environment.hpp"

#include "protocol/domain_pattern.hpp"

namespace causeway {

protocol::sm_settings stream_environment::management_of(
  std::string_view name) const {
  auto x = management;
  auto own = protocol::find_domain(resume_seconds, name);
  if (own != resume_seconds.end())
    x.resume_seconds = own->second;
  return x;
}

} // namespace causeway
