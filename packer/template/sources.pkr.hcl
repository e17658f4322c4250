source "qemu" "sekolah" {
  iso_url          = var.base_disk
  iso_checksum     = var.base_checksum
  disk_image       = true
  format           = "raw"
  skip_resize_disk = true
  skip_compaction  = true
  output_directory = var.output_directory
  vm_name          = "sekolah.raw"

  accelerator         = var.accelerator
  headless            = true
  use_default_display = true
  disk_interface      = "virtio"
  net_device          = "virtio-net"
  qemuargs = [
    ["-m", "2048M"],
    ["-smp", "2"],
    ["-cpu", var.cpu],
    ["-kernel", var.kernel],
    ["-initrd", var.initrd],
    ["-append", var.kernel_line],
    ["-serial", "file:${var.output_directory}.serial.log"],
  ]

  communicator         = "ssh"
  ssh_username         = "root"
  ssh_private_key_file = var.key_file
  ssh_timeout          = "10m"
  boot_wait            = "1s"
  shutdown_command     = "systemctl poweroff"
  shutdown_timeout     = "5m"
}
