"""A real Kubernetes control plane on this machine: etcd, apiserver, controller manager, scheduler, kwok nodes."""
