#pragma once

namespace causeway::protocol {

/// Keeps Xerces initialised while it lives. Make one in `main`, before any
/// thread runs, and destroy it after all others; the first parser of a process
/// makes one anyway. Throws std::runtime_error if Xerces cannot start.
class xml_platform {
 public:
  xml_platform();
  ~xml_platform();

  xml_platform(const xml_platform&) = delete;
  xml_platform& operator=(const xml_platform&) = delete;
};

} // namespace causeway::protocol
