package dev.hv.core.hypervisor.memory;

/** What processors keep of second-level paging structures. */
public interface TranslationCaches {

    /** Mappings of a space have been taken away or restricted: no processor may use old ones any more. */
    void invalidate(GuestPhysicalSpace space);
}
