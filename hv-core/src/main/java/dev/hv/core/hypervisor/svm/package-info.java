/** The hypervisor on AMD-V: the only classes that know SVM. */
package dev.hv.core.hypervisor.svm;
