/// Process-wide settings of Xerces: no network, no exit on its own.
#include "protocol/xml_platform.hpp"

#include <xercesc/util/PanicHandler.hpp>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/XMLException.hpp>
#include <xercesc/util/XMLNetAccessor.hpp>

#include <stdexcept>

namespace causeway::protocol {

namespace {

namespace xc = xercesc;

// The default one ends the process.
class panic_handler final : public xc::PanicHandler {
 public:
  void panic(PanicReasons reason) override {
    throw std::runtime_error{getPanicReasonString(reason)};
  }
};

} // namespace

xml_platform::xml_platform() {
  static panic_handler handler;
  try {
    xc::XMLPlatformUtils::Initialize("en_US", nullptr, &handler);
  } catch (const xc::XMLException&) {
    throw std::runtime_error{"Xerces cannot be initialised"};
  }
  // Without it no document can make Xerces reach for the network.
  delete xc::XMLPlatformUtils::fgNetAccessor;
  xc::XMLPlatformUtils::fgNetAccessor = nullptr;
}

xml_platform::~xml_platform() {
  xc::XMLPlatformUtils::Terminate();
}

} // namespace causeway::protocol
