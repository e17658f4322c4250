# Packer 1.7 and newer keep builders and provisioners apart: `packer init packer/newer` fetches these two, once.
# Debian's 1.6.6 has them built in and does not know this block, so it stands beside the template and not in it.
packer {
  required_plugins {
    qemu = {
      source  = "github.com/hashicorp/qemu"
      version = "~> 1.1"
    }
    ansible = {
      source  = "github.com/hashicorp/ansible"
      version = "~> 1.1"
    }
  }
}
