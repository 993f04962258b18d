/** The network provider: NVSP and RNDIS over VMBus channels, and the virtual switch of the root partition. */
package dev.hv.devices.network;
